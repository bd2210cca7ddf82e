// SPDX-License-Identifier: MIT
//
// Starting the real scheduler, core by core. The first core swaps it for the boot scheduler; each other core
// comes in whenever it comes: entering has no deadline and waits for nobody.

#pragma once

#include <base/result.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/sched/scheduler_ops.hpp>
#include <kernel/time/time.hpp>

#include <span>

namespace quartet::kernel {

extern const SchedulerOps priority_scheduler_ops;

// Moves the boot threads into this core's run queue, makes its idle thread, and stores the active scheduler:
// `scheduler: boot -> priority`. Context: the boot flow, with a heap, on the only core. Errors: NoMemory.
Status start_priority_scheduler() noexcept;

// The record that a secondary core has in TPIDR_EL1 when it enters C++: its idle thread, whose `core` names its
// record in `cores`. Context: any, from the first line.
Thread& idle_thread(u32 core) noexcept;

// This core runs threads from now on; what called becomes its idle thread, on `stack`. Vectors, stacks and GIC
// interface of this core are ready, TPIDR_EL1 is at `idle_thread(core)`, interrupts are masked.
// Context: a secondary core, at any time after `start_priority_scheduler`.
[[noreturn]] void enter_priority_scheduler(u32 core, std::span<std::byte> stack) noexcept;

// Waits until core `core` is online, at most `limit`: whether it came. One that did not is marked Missing and
// may still come. Context: thread. Cost: polls the clock.
bool await_core(u32 core, Duration limit) noexcept;

// How many cores run threads. Context: any.
u32 cores_online() noexcept;

}  // namespace quartet::kernel
