// SPDX-License-Identifier: MIT
//
// The stacks that belong to a core, not to a thread: handlers run on the exception stack, a fault
// inside a handler is reported on the overflow stack. Static, because a core may come late: what it
// needs to come in is never given away. Below each lies a guard: the early map leaves it out, so it
// is one from the first instruction with the MMU on, and the seal gives the frames behind it away.

#pragma once

#include <arch/layout/boot_record.h>
#include <base/types.hpp>

#include <cstddef>

namespace quartet::boot {

struct alignas(4096) CoreStacks {
    std::byte overflow_guard[CORE_GUARD_SIZE];
    std::byte overflow[CORE_OVERFLOW_STACK_SIZE];
    std::byte exception_guard[CORE_GUARD_SIZE];
    std::byte exception[CORE_EXCEPTION_STACK_SIZE];
    std::byte idle_guard[CORE_GUARD_SIZE];
    std::byte idle[CORE_IDLE_STACK_SIZE];  // of a secondary's idle thread; core 0's is made by the scheduler
};

// Whether the page at this distance from a core's stacks is a guard. Inlined into what runs with the MMU off.
[[gnu::always_inline]] constexpr bool is_guard(usize offset) {
    auto within = [offset](usize guard) { return offset - guard < CORE_GUARD_SIZE; };  // what lies before wraps
    return within(offsetof(CoreStacks, overflow_guard)) || within(offsetof(CoreStacks, exception_guard)) ||
           within(offsetof(CoreStacks, idle_guard));
}
static_assert(sizeof(CoreStacks::overflow) % page_size == 0 && sizeof(CoreStacks::exception) % page_size == 0 &&
              sizeof(CoreStacks::idle) % page_size == 0 && CORE_GUARD_SIZE % page_size == 0);

}  // namespace quartet::boot

extern "C" quartet::boot::CoreStacks quartet_core_stacks[quartet::max_cores];  // contents unknown at start

// Of the flow that boots, in the part that is written with the MMU off (head.S).
extern "C" std::byte __boot_guard[];
extern "C" std::byte __boot_stack[];
extern "C" std::byte __boot_stack_end[];
