// SPDX-License-Identifier: MIT
//
// A part of a test in a process of its own: for what never returns, and for what the kernel makes once and keeps. It says
// what came of it as text, to whoever waits for its end.

#pragma once

#include <base/types.hpp>

#include <string>
#include <string_view>

namespace quartet::fakes {

struct Apart {
    enum class End : u8 {
        Returned,  // or it called `end_apart`
        Halted,  // by arch::halt
        Died,  // by a check that failed, or a signal
    };
    End end = End::Died;
    std::string said;
};

// Runs `part` and waits for its end. Pre: this process has one thread.
Apart run_apart(void (*part)());

// For `part` and what it calls: a little of what the caller gets, and the end of it. Lines that it counted are written
// (preset host-coverage).
void say_apart(std::string_view text);
[[noreturn]] void end_apart();
// `act`, which ends by arch::halt, and the part goes on: as another core, which stands still.
void until_halt(void (*act)());

}  // namespace quartet::fakes

// In `part`: what is not so is said, with its line. A part that has nothing to say finds all as it should be.
#define APART_CHECK(...)                                                                                        \
    do {                                                                                                        \
        if (!(__VA_ARGS__))                                                                                     \
            ::quartet::fakes::say_apart("not so: " #__VA_ARGS__ " at line " + std::to_string(__LINE__) + "\n"); \
    } while (false)
