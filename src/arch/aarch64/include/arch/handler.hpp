// SPDX-License-Identifier: MIT
//
// Whether this is a handler: threads run on SP_EL0, handlers on the core's exception stack.

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

// Context: any. Cost: 1 instruction and the test.
[[gnu::always_inline]] inline bool in_handler() noexcept {
    u64 selected;
    asm volatile("mrs %0, spsel" : "=r"(selected));
    return selected != 0;
}

}  // namespace quartet::arch
