// SPDX-License-Identifier: MIT
//
// What one figure is: a name, and a function that does the operation many times. Each file of this folder has the
// operations of one part of the kernel.

#pragma once

#include <arch/instruction_count.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/thread/thread_context.hpp>

#include <string_view>

namespace quartet::bench {

// Where the other core's half of an operation runs; the measuring thread has `priority` and its own core.
inline constexpr u8 priority = 24;
inline constexpr u8 higher_priority = 25;

// Without rounds: the operation cannot be made here.
struct Measured {
    u64 instructions = 0;
    u64 rounds = 0;
};

// `rounds` is how often it is asked for; what the first rounds set up (a cached stack, a full magazine) is
// not in the figure, because each operation does `warm_up` rounds before.
inline constexpr u64 warm_up = 64;

using Measure = Measured (*)(kernel::ThreadContext& self, u64 rounds);

Measured yield_switch(kernel::ThreadContext& self, u64 rounds);
Measured yield_alone(kernel::ThreadContext& self, u64 rounds);
Measured semaphore_pair(kernel::ThreadContext& self, u64 rounds);
Measured mutex_pair(kernel::ThreadContext& self, u64 rounds);
Measured give_wake(kernel::ThreadContext& self, u64 rounds);
Measured give_wake_return(kernel::ThreadContext& self, u64 rounds);
Measured queue_pair(kernel::ThreadContext& self, u64 rounds);
Measured pool_pair(kernel::ThreadContext& self, u64 rounds);
Measured heap_pair(kernel::ThreadContext& self, u64 rounds);
Measured irq_entry(kernel::ThreadContext& self, u64 rounds);
Measured irq_return(kernel::ThreadContext& self, u64 rounds);
Measured irq_wake(kernel::ThreadContext& self, u64 rounds);
Measured irq_wake_return(kernel::ThreadContext& self, u64 rounds);
Measured spawn_join(kernel::ThreadContext& self, u64 rounds);
Measured semaphore_cross_core(kernel::ThreadContext& self, u64 rounds);
Measured timer_pair(kernel::ThreadContext& self, u64 rounds);
Measured timer_pair_of_many(kernel::ThreadContext& self, u64 rounds);
// Thread-Metric's seven.
Measured metric_cooperative(kernel::ThreadContext& self, u64 rounds);
Measured metric_preemptive(kernel::ThreadContext& self, u64 rounds);
Measured metric_interrupt(kernel::ThreadContext& self, u64 rounds);
Measured metric_interrupt_preemption(kernel::ThreadContext& self, u64 rounds);
Measured metric_message(kernel::ThreadContext& self, u64 rounds);
Measured metric_synchronisation(kernel::ThreadContext& self, u64 rounds);
Measured metric_memory(kernel::ThreadContext& self, u64 rounds);
Measured boot(kernel::ThreadContext& self, u64 rounds);

// A helper thread on this core.
inline Result<kernel::ThreadHandle> spawn_here(kernel::ThreadEntry entry, void* argument, u8 with_priority) {
    return kernel::spawn({.name = "bench helper", .priority = with_priority, .affinity = 1u << kernel::recent_core()},
                         entry, argument);
}

}  // namespace quartet::bench
