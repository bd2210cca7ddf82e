// SPDX-License-Identifier: MIT
//
// Which of the planted bugs is there, in a test program of the mutant build: the one that QUARTET_MUTANT names.
// Where it names none, there is none. Only woven sources (tests/mutants/weave.py) include this.

#pragma once

#include <arch/bug.hpp>

#include <cstdlib>

namespace quartet::arch {

inline u32 number_from_environment() noexcept {
    const char* name = std::getenv("QUARTET_MUTANT");
    return name == nullptr || *name == '\0' ? 0 : number_of_bug(name);
}

// Before `main`, hence before any test; what runs earlier has no bug.
inline const u32 chosen_bug = number_from_environment();

// What the compiler computes has no bug either: that is for the patch itself, planted by tests/red/run.
constexpr bool mutant(Bug bug) noexcept {
    if consteval {
        return false;
    } else {
        return chosen_bug == bug.number;
    }
}

}  // namespace quartet::arch
