// SPDX-License-Identifier: MIT
//
// Running a scenario under many seeds, each in a process of its own, because the kernel's state is made once.

#pragma once

#include "machine.hpp"

namespace quartet::sim {

// Whether all went well; a failure was printed with the arguments that show it again. A long run (fakes/effort.hpp)
// takes a thousand times as many seeds. With `--seed N` on the command line only that one runs.
bool run_seeds(const char* name, u32 count, Options options, void (*body)());

}  // namespace quartet::sim

// In a scenario's body: the run fails, with its seed.
#define SIM_CHECK(...)                                                                                         \
    do {                                                                                                       \
        if (!(__VA_ARGS__))                                                                                    \
            ::quartet::sim::fail(std::string{"not so: " #__VA_ARGS__ " at line "} + std::to_string(__LINE__)); \
    } while (false)
