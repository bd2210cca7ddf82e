// SPDX-License-Identifier: MIT
//
// The stacks that belong to a core, not to a thread: handlers run on the exception stack, a fault
// inside a handler is reported on the overflow stack. Static, because a core may come late: what it
// needs to come in is never given away. A handler that overflows its stack meets a guard as a thread does.

#pragma once

#include <arch/layout/boot_record.h>
#include <base/types.hpp>

#include <cstddef>

namespace quartet::boot {

struct alignas(4096) CoreStacks {
    std::byte overflow[CORE_OVERFLOW_STACK_SIZE];
    std::byte guard[CORE_GUARD_SIZE];
    std::byte exception[CORE_EXCEPTION_STACK_SIZE];
    std::byte idle[CORE_IDLE_STACK_SIZE];  // of a secondary's idle thread; core 0's is made by the scheduler

    uptr overflow_end() const { return reinterpret_cast<uptr>(overflow + sizeof(overflow)); }
    uptr exception_end() const { return reinterpret_cast<uptr>(exception + sizeof(exception)); }
    uptr idle_end() const { return reinterpret_cast<uptr>(idle + sizeof(idle)); }
};
static_assert(offsetof(CoreStacks, exception) == CORE_OVERFLOW_STACK_SIZE + CORE_GUARD_SIZE);
static_assert(offsetof(CoreStacks, guard) % page_size == 0 && CORE_GUARD_SIZE % page_size == 0);

}  // namespace quartet::boot

extern "C" quartet::boot::CoreStacks quartet_core_stacks[quartet::max_cores];
