// SPDX-License-Identifier: MIT
//
// The switch, as the compiler sees it: a call that keeps only sp and x29. So it saves those of x19-x28 that the caller
// of this function has a right to, once, and what the switch itself stores is a frame record.

#pragma once

#include <arch/context.hpp>

namespace quartet::arch {

// See quartet_switch_context.
[[gnu::always_inline]] inline void switch_context(SavedContext& from, const SavedContext& to) noexcept {
    register SavedContext* x0 asm("x0") = &from;
    register const SavedContext* x1 asm("x1") = &to;
    asm volatile("bl quartet_switch_context"
                 : "+r"(x0), "+r"(x1)
                 :
                 : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
                   "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30", "cc",
                   "memory");
}

}  // namespace quartet::arch
