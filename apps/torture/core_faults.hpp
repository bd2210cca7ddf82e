// SPDX-License-Identifier: MIT
//
// Failures of a core, which need more than a word in memory: one that stands still, one that an interrupt line does not let go,
// and what keeps cores looking while requests to them are forgotten. Behind the words of `inject`.

#pragma once

#include <base/types.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet::torture::faults {

// Errors: NotFound (no such core), Busy (it stands still already), NoMemory. Context: thread.
Status stall_core(u32 core, Duration duration) noexcept;
// Whether it was told to, and has not gone on. Context: any.
bool stands_still(u32 core) noexcept;

// One storm at a time: a second one ends the first. Context: thread. Errors: NotFound (no such core, no line is spare),
// Timeout (the one before does not end: it is still there).
Status start_storm(u32 core) noexcept;
Status end_storm() noexcept;
// The line; 0: none storms. Context: any.
u32 storming_line() noexcept;

// A thread a core that wakes each 5 ms until `end_pulses`: where a request to a core was forgotten, this is when it looks again. At
// no other time: it would hide that the kernel forgets one. Context: thread.
void start_pulses() noexcept;
void end_pulses() noexcept;

}  // namespace quartet::torture::faults
