// SPDX-License-Identifier: MIT
//
// What the kernel remembers of each interrupt id beside the table of vectors.S: shared by the files
// that attach and those that dispatch, and by nobody else.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>
#include <kernel/iface/interrupt_controller.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/irq_context.hpp>
#include <sync/spin_lock.hpp>

#include <array>
#include <string_view>

namespace quartet::kernel::irq {

class SharedHandler;

// Written under the table's lock. Kept: taken by handlers that leave by a way of their own, not by `detach`. Leaving:
// somebody waits for its handlers, so nobody may enable it or attach to it.
enum class Attachment : u8 { Free, Taken, Kept, Leaving };

struct IrqLine {
    arch::Atomic<Attachment> attachment;
    // Set at attach and read by who dispatches: behind the release of the table's handler (irq.cpp, `publish`).
    IrqPriority priority{};  // zero, so that the array costs no room in the image
    Trigger trigger = Trigger::LevelSensitive;
    u8 core = 0;
    u32 storm_limit = 0;
    IrqHandler handler = nullptr;
    void* argument = nullptr;
    SharedHandler* sharers = nullptr;  // of a shared line, in the order of their attaching; guarded by the table's lock
    std::string_view name;

    // Written by the cores that handle it, relaxed: numbers for reports and for the storm check.
    std::array<arch::Atomic<u32>, max_cores> counts;
    arch::Atomic<u64> sampled_at;
    arch::Atomic<u32> hot_samples;
    arch::Atomic<u32> unclaimed;  // of a shared line: none of its handlers said that it was its device
    arch::Atomic<u16> unclaimed_in_row;
    arch::Atomic<bool> stormed;
    arch::Atomic<bool> wanted;  // enabled by `enable`, and not disabled since: see `let_in_again`

    // Whether interrupts of it are to come. Context: any; what it says may be over.
    bool lets_in() const noexcept { return wanted.load(arch::Order::Relaxed) && !stormed.load(arch::Order::Relaxed); }
};

struct CoreSpecials {
    arch::Atomic<u32> spurious;
    arch::Atomic<u32> wrong_group;
};

extern constinit std::array<IrqLine, max_irqs> irq_lines;
extern constinit std::array<CoreSpecials, max_cores> core_specials;

// Set once at boot, before any interrupt can come.
extern constinit InterruptController* the_controller;

// How ids of 16 and up are called: counts, looks for a storm, calls the handler.
void dispatch_counted(IrqContext& context) noexcept;
// What it calls for a shared line, and for one with a thread: handlers that call the application's.
void dispatch_shared(IrqContext& context) noexcept;
void dispatch_threaded(IrqContext& context) noexcept;
// What stands in the table where nothing is attached.
void dispatch_unhandled(IrqContext& context) noexcept;
// Every entry of the table of a core that records (kernel/trace): tells that the interrupt came, calls what stands in
// the other table, tells that it is over.
void dispatch_traced(IrqContext& context) noexcept;

// None of the handlers of this shared line claimed its interrupt; where that happens again and again it is masked.
// Context: handler of the line.
void count_unclaimed(IrqLine& line, u32 id) noexcept;

// --- For the ways to attach (irq.cpp, shared_handler.cpp, threaded_handler.cpp)

// Guards who is attached, and the registers of the controller that several ids share.
extern constinit sync::SpinLock<sync::LockRank::IrqTable> table_lock;

// Makes `id` call `handler`, disabled. Errors: as `attach`.
Status claim_locked(u32 id, Attachment as, IrqHandler handler, void* argument, const Options& options) noexcept
    REQUIRES_LOCK(table_lock);

// Taking it away, in two halves. First nothing of it comes any more, on any core;
void begin_leaving_locked(u32 id, const arch::IrqsMasked& masked) noexcept REQUIRES_LOCK(table_lock);
// then, with the lock released, what runs ends, and it is forgotten. False: it did not end in time, and `id` is attached
// `as` it was, disabled. Context: as `detach`.
bool finish_leaving(u32 id, Attachment as) noexcept;
// Both in one, in the handler that runs, on its core. Shared ids only.
void leave_in_handler_locked(u32 id) noexcept REQUIRES_LOCK(table_lock);

// Opens a line that a handler masked until its work would be done, unless somebody disabled it meanwhile or it stormed. Where
// that happens at this very moment it may be open a little longer, so its handler asks `lets_in` first. Context: thread.
void let_in_again(u32 id) noexcept;

// One more of `id` on `core`, which is the caller's. Returns the count.
inline u32 count_interrupt(u32 id, u32 core) noexcept {
    // Only this core writes this word, and handlers do not nest: no exclusive pair is needed.
    arch::Atomic<u32>& count = irq_lines[id].counts[core];
    u32 now = count.load(arch::Order::Relaxed) + 1;
    count.store(now, arch::Order::Relaxed);
    return now;
}

}  // namespace quartet::kernel::irq
