// SPDX-License-Identifier: MIT
//
// What the kernel remembers of each interrupt id beside the table of vectors.S: shared by the files
// that attach and those that dispatch, and by nobody else.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>
#include <kernel/iface/interrupt_controller.hpp>
#include <kernel/irq/irq_context.hpp>
#include <sync/spin_lock.hpp>

#include <array>
#include <string_view>

namespace quartet::kernel::irq {

// Written under the table's lock. Leaving: `detach` waits for its handlers, so nobody may enable it or attach to it.
enum class Attachment : u8 { Free, Taken, Leaving };

struct IrqLine {
    arch::Atomic<Attachment> attachment;
    // Set at attach and read by who dispatches: behind the release of the table's handler (irq.cpp, `publish`).
    IrqHandler handler = nullptr;
    void* argument = nullptr;
    u32 storm_limit = 0;
    u32 core = 0;
    IrqPriority priority{};  // zero, so that the array costs no room in the image; set at attach
    Trigger trigger = Trigger::LevelSensitive;
    std::string_view name;

    // Written by the cores that handle it, relaxed: numbers for reports and for the storm check.
    std::array<arch::Atomic<u32>, max_cores> counts;
    arch::Atomic<u64> sampled_at;
    arch::Atomic<u32> hot_samples;
    arch::Atomic<u32> stormed;
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
// What stands in the table where nothing is attached.
void dispatch_unhandled(IrqContext& context) noexcept;

// One more of `id` on `core`, which is the caller's. Returns the count.
inline u32 count_interrupt(u32 id, u32 core) noexcept {
    // Only this core writes this word, and handlers do not nest: no exclusive pair is needed.
    arch::Atomic<u32>& count = irq_lines[id].counts[core];
    u32 now = count.load(arch::Order::Relaxed) + 1;
    count.store(now, arch::Order::Relaxed);
    return now;
}

}  // namespace quartet::kernel::irq
