// SPDX-License-Identifier: MIT
//
// The name of a planted bug as the number that chooses it. The name is what woven sources say; no list of all names is
// included by all of them, so that a new bug compiles nothing again but what it changes.

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

constexpr u32 number_of_bug(const char* name) noexcept {
    u32 number = 0x811c'9dc5;  // FNV-1a, as in tests/mutants/weave.py
    for (; *name != '\0'; ++name) number = (number ^ static_cast<u8>(*name)) * 0x0100'0193;
    return number;
}

// A bug's name, which the compiler has made a number.
struct Bug {
    u32 number;
    consteval Bug(const char* name) : number(number_of_bug(name)) {}
};

}  // namespace quartet::arch
