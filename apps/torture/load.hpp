// SPDX-License-Identifier: MIT
//
// The load: workers on all cores, each doing one random operation after the other, for a time. It ends with the line
//
//     torture: N operations, 0 errors, seed S
//
// in the log, after one with the count of each kind. With the same seed and counted time the same lines come each time.

#pragma once

#include <base/types.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet::torture {

// Begins; what it finds comes by the log. Context: thread. Errors: Busy (it runs already).
Status start_load(Duration duration, u64 seed) noexcept;
// Ends it before its time. Context: any.
void stop_load() noexcept;
bool load_runs() noexcept;
// Until it has ended, and said so. Context: thread.
void wait_for_load(ThreadContext& self) noexcept;

}  // namespace quartet::torture
