// SPDX-License-Identifier: MIT
//
// The one place where the tops of the cores' stacks are said; head.S and the scheduler read them here.

#include <boot/core_stacks.hpp>
#include <boot/core_record.hpp>

#include <iterator>

namespace {

using quartet::boot::CoreRecord;
using quartet::boot::CoreStacks;

constexpr CoreRecord record_of(CoreStacks& stacks, std::byte* stack_end) {
    return {.stack_end = stack_end,
            .thread = nullptr,
            .exception_stack_end = std::end(stacks.exception),
            .overflow_stack_end = std::end(stacks.overflow)};
}

constexpr CoreRecord secondary(CoreStacks& stacks) { return record_of(stacks, std::end(stacks.idle)); }

}  // namespace

// Not zeroed, like any stack.
[[gnu::section(".stacks")]] constinit quartet::boot::CoreStacks quartet_core_stacks[quartet::max_cores]{};

constinit CoreRecord quartet_core_records[quartet::max_cores] = {
    record_of(quartet_core_stacks[0], __boot_stack_end),
    secondary(quartet_core_stacks[1]),
    secondary(quartet_core_stacks[2]),
    secondary(quartet_core_stacks[3]),
};
