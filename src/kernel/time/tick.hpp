// SPDX-License-Identifier: MIT
//
// Time on one core: the tick that drives slices and the compare register that wakes sleepers. Both share
// this core's virtual timer, which is set to whatever comes first.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/result.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/thread/thread.hpp>
#include <kernel/time/time.hpp>

namespace quartet::kernel {

// What the handler of the virtual timer's interrupt does, on the core that has it. Context: handler.
void on_timer_interrupt() noexcept;

// What the handler of the reschedule SGI does: the interrupt tail does the rest. Context: handler.
void on_reschedule_interrupt() noexcept;

// Begins the tick here, where it is not running: it stops by itself when it finds the core idle, which sleepers still
// wake. Context: masked.
void start_tick(Core& core, const arch::IrqsMasked&) noexcept;
// Ends it at once, for who measures. Context: masked.
void stop_tick(Core& core, const arch::IrqsMasked&) noexcept;

// The compare register, set to whatever comes first: the tick, or `next_timer`. Context: masked, on that core.
void look_at_timers(Core& core, u64 next_timer) noexcept;

}  // namespace quartet::kernel
