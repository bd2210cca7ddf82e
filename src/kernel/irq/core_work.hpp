// SPDX-License-Identifier: MIT
//
// A queue of work for each core, whose thread stays there: what a handler leaves behind is done where it ran, beside
// the caches that it warmed, and in step with nobody else's work.

#pragma once

#include <arch/cpu.hpp>
#include <kernel/irq/deferred_work.hpp>
#include <kernel/irq/irq.hpp>

#include <array>

namespace quartet::kernel {

class CoreWork {
public:
    constexpr CoreWork() = default;

    // A thread on each core that has started. Context: thread or boot flow. Errors: those of WorkQueue::start; then
    // none of them runs.
    Status start(ThreadContext& self, ThreadOptions options = {.name = "work", .priority = work_priority}) noexcept {
        for (u32 core = 0; core < max_cores; ++core) {
            if (!irq::core_started(core)) continue;
            options.affinity = u32{1} << core;
            if (Status started = queues_[core].start(options); !started) {
                while (core-- != 0) static_cast<void>(queues_[core].stop(self));
                return started;
            }
        }
        return {};
    }
    // Context: thread. Errors: Deadlock (one of its own threads), Invalid (none runs).
    Status stop(ThreadContext& self) noexcept {
        Status stopped = fail(Error::Invalid);
        for (WorkQueue& queue : queues_) {
            const Status one = queue.stop(self);
            if (!one && one.error() == Error::Deadlock) return one;
            if (one) stopped = one;
        }
        return stopped;
    }

    WorkQueue& on(u32 core) noexcept { return queues_[core]; }

    // `work` runs on this core. Context, cost and errors: as WorkQueue::queue. A thread that may move calls it masked.
    Status queue(DeferredWork& work) noexcept { return queues_[arch::core_id()].queue(work); }

private:
    std::array<WorkQueue, max_cores> queues_;
};

}  // namespace quartet::kernel
