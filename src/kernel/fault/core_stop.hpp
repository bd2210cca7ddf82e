// SPDX-License-Identifier: MIT
//
// Stopping the other cores when one of them reports a fault, and knowing where they were.

#pragma once

#include <kernel/fault/fault_report.hpp>
#include <kernel/irq/irq_context.hpp>

#include <span>

namespace quartet::kernel {

// How long the cores may take to answer, all together.
inline constexpr u32 stop_milliseconds = 10;

// Asks every other core that runs to stop. Does not wait: they have until `collect_stopped`.
// Context: after a fault, or thread or handler with interrupts masked. Once.
void ask_to_stop(u32 self) noexcept;

// Waits until all have answered, 10 ms for all together at most, and fills in how they were found. Call it right after
// `ask_to_stop`.
void collect_stopped(u32 self, std::span<StoppedCore> found) noexcept;

// The handler of the stop interrupt: notes where the core was, and never returns.
[[noreturn]] void stop_this_core(IrqContext& context) noexcept;

// This core faulted while another one reports: noted, and stopped.
[[noreturn]] void stop_after_fault(u32 self, uptr pc) noexcept;

}  // namespace quartet::kernel
