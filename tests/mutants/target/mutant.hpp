// SPDX-License-Identifier: MIT
//
// Which of the planted bugs is there, in an image of the mutant build: a word of its read-only data, which
// tests/mutants/run writes into the image's file. So it is there from the first instruction on.
// Only woven sources (tests/mutants/weave.py) include this.

#pragma once

#include <arch/bug.hpp>

// Defined in arch/mutant.cpp, out of the compiler's sight.
extern "C" const quartet::u32 quartet_mutant;

namespace quartet::arch {

constexpr bool mutant(Bug bug) noexcept {
    if consteval {
        return false;
    } else {
        return quartet_mutant == bug.number;
    }
}

}  // namespace quartet::arch
