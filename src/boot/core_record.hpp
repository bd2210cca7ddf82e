// SPDX-License-Identifier: MIT
//
// What a core loads in head.S before it enters C++.

#pragma once

#include <arch/layout/boot_record.h>
#include <base/types.hpp>
#include <kernel/sched/core.hpp>

#include <cstddef>

namespace quartet::boot {

struct alignas(64) CoreRecord {
    std::byte* stack_end;
    void* thread;  // for TPIDR_EL1: a secondary's idle thread
    std::byte* exception_stack_end;
    std::byte* overflow_stack_end;
};
static_assert(offsetof(CoreRecord, stack_end) == RECORD_STACK);
static_assert(offsetof(CoreRecord, thread) == RECORD_THREAD);
static_assert(offsetof(CoreRecord, exception_stack_end) == RECORD_EXCEPTION_STACK);
static_assert(offsetof(CoreRecord, overflow_stack_end) == RECORD_OVERFLOW_STACK);
static_assert(sizeof(CoreRecord) == RECORD_SIZE);

}  // namespace quartet::boot

extern "C" {
extern quartet::boot::CoreRecord quartet_core_records[quartet::max_cores];
extern quartet::u64 quartet_park_slots[quartet::max_cores];  // head.S; where cores wait that came by themselves
extern const std::byte quartet_secondary_entry[];            // head.S
}

namespace quartet::boot {

// The kernel's record of a core learns where its stacks are. Context: boot, before the core uses it.
inline void tell_stacks(kernel::Core& core) {
    const CoreRecord& record = quartet_core_records[core.id];
    core.exception_stack = reinterpret_cast<uptr>(record.exception_stack_end);
    core.overflow_stack = reinterpret_cast<uptr>(record.overflow_stack_end);
}

}  // namespace quartet::boot
