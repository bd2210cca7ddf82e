// SPDX-License-Identifier: MIT
//
// Where the running function's frame record lies, for a walk up the stack (AAPCS64, 6.4.6).

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

// x29 of the function that this is written in, whose record is there until it ends: a call that the compiler makes a jump
// is its end (hence -fno-optimize-sibling-calls for who hands it on). Context: any. Cost: 1 instruction.
[[gnu::always_inline]] inline uptr frame_address() noexcept {
    return reinterpret_cast<uptr>(__builtin_frame_address(0));
}

}  // namespace quartet::arch
