// SPDX-License-Identifier: MIT
//
// The scheduler of the first stage: a fixed array of threads, round robin, on the one core that runs.
// Its critical sections only mask interrupts. It breaks the circle that the real one needs memory, memory
// needs locks, and locks want a scheduler: nothing here allocates, and the threads that it runs live on
// under the real one, because both share the records, the wait queues and the switch.

#pragma once

#include <base/result.hpp>
#include <kernel/sched/scheduler_ops.hpp>
#include <kernel/thread/thread.hpp>

#include <span>
#include <string_view>

namespace quartet::kernel {

inline constexpr u32 boot_thread_limit = 8;

// The record of the flow that booted: static, so that head.S can point TPIDR_EL1 at it before anything else.
// It is an ordinary thread afterwards, named "main".
extern constinit Thread boot_flow;

// The running flow becomes the first thread, on core `core` of `cores`, and the boot scheduler is the active one.
// Context: boot, one core, TPIDR_EL1 at `boot_flow`.
void start_boot_scheduler(u32 core, std::span<std::byte> stack) noexcept;

// A thread in memory that the caller never takes back (the bump allocator's). It first runs at the next
// yield or block. Context: boot, before the priority scheduler. Errors: NoMemory (the array is full), Invalid.
Result<ThreadHandle> spawn_boot_thread(Thread& record, std::span<std::byte> stack, std::string_view name, u8 priority,
                                       ThreadEntry entry, void* argument) noexcept;

extern const SchedulerOps boot_scheduler_ops;

// For the priority scheduler: every thread of the array, in its order. Context: boot, masked.
std::span<Thread* const> boot_threads() noexcept;

}  // namespace quartet::kernel
