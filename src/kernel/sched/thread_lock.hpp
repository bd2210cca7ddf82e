// SPDX-License-Identifier: MIT
//
// Finding the lock that guards a thread: that of the core that it is on. The scheduler's own files only.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/assert.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/thread/thread.hpp>

namespace quartet::kernel {

// The proof that the caller holds the lock of a run queue: that of the QueueLock which gave it, as long as that one has it.
// Costs nothing.
class QueueHeld {
    friend class QueueLock;
    constexpr QueueHeld() = default;
};

// The run queue of `core`, locked, until `release` or the end. May be released by another thread than took
// it, after a switch; clang's analysis cannot follow that, so it is told nothing (check_locking lists the place).
class [[nodiscard]] QueueLock {
public:
    [[gnu::always_inline]] QueueLock(Core& core, const arch::IrqsMasked&) noexcept : core_(&core) {
        core.lock.take_across_switch(Unsafe{"interrupts are masked, as the caller shows"});
    }
    // Taken already, by a lock that was handed over. Safety: it was, to the caller.
    struct Adopt {};
    [[gnu::always_inline]] QueueLock(Unsafe, Core& core, Adopt) noexcept : core_(&core) {}
    // The queue of the core that `thread` is on. It may be moved between the look and the lock: look again.
    [[gnu::always_inline]] QueueLock(Thread& thread, const arch::IrqsMasked&) noexcept {
        for (;;) {
            // Acquire pairs with the release store of whoever moved it (balance.cpp, place).
            core_ = thread.core.load(arch::Order::Acquire);
            core_->lock.take_across_switch(Unsafe{"interrupts are masked, as the caller shows"});
            // Relaxed: only a holder of this lock changes it away from this core.
            if (thread.core.load(arch::Order::Relaxed) == core_) return;
            core_->lock.release_across_switch(Unsafe{"interrupts are masked, as the caller shows"});
        }
    }
    [[gnu::always_inline]] ~QueueLock() {
        if (core_ != nullptr) release();
    }
    QueueLock(const QueueLock&) = delete;
    QueueLock& operator=(const QueueLock&) = delete;

    Core& core() const noexcept { return *core_; }
    // Pre: it is held.
    [[gnu::always_inline]] QueueHeld held() const noexcept {
        debug_check(core_ != nullptr, "the run queue's lock is held");
        return {};
    }
    [[gnu::always_inline]] void release() noexcept {
        core_->lock.release_across_switch(Unsafe{"taken by this object, masked since"});
        core_ = nullptr;
    }
    // Out of this core's queue and into that of `core`; in between no lock is held.
    void move_to(Core& core, const arch::IrqsMasked&) noexcept {
        release();
        core.lock.take_across_switch(Unsafe{"interrupts are masked, as the caller shows"});
        core_ = &core;
    }
    // The thread that runs after the switch releases it.
    [[gnu::always_inline]] void hand_over() noexcept { core_ = nullptr; }

private:
    Core* core_ = nullptr;
};

}  // namespace quartet::kernel
