// SPDX-License-Identifier: MIT
//
// What a secondary core loads in head.S before it enters C++.

#pragma once

#include <arch/layout/boot_record.h>
#include <base/types.hpp>

#include <cstddef>

namespace quartet::boot {

struct alignas(64) SecondaryRecord {
    uptr stack_end;
    void* thread;  // its idle thread, for TPIDR_EL1
    uptr exception_stack_end;
    uptr overflow_stack_end;
};
static_assert(offsetof(SecondaryRecord, stack_end) == SECONDARY_STACK);
static_assert(offsetof(SecondaryRecord, thread) == SECONDARY_THREAD);
static_assert(offsetof(SecondaryRecord, exception_stack_end) == SECONDARY_EXCEPTION_STACK);
static_assert(offsetof(SecondaryRecord, overflow_stack_end) == SECONDARY_OVERFLOW_STACK);
static_assert(sizeof(SecondaryRecord) == SECONDARY_SIZE);

}  // namespace quartet::boot

extern "C" {
extern quartet::boot::SecondaryRecord quartet_secondary_records[quartet::max_cores];
extern quartet::u64 quartet_park_slots[quartet::max_cores];  // head.S; where cores wait that came by themselves
extern const std::byte quartet_secondary_entry[];            // head.S
}
