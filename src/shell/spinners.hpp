// SPDX-License-Identifier: MIT
//
// Background threads that do nothing but want a core: load, for whoever measures something else.

#pragma once

#include <base/result.hpp>
#include <base/types.hpp>
#include <kernel/thread/thread_context.hpp>

namespace quartet::shell {

inline constexpr u32 max_spinners = 64;

// From now on `count` threads spin, named spin0, spin1, …; those over it are stopped, at the caller's priority: whatever
// runs below that does not delay it.
// Context: one thread, whose priority is above theirs. Errors: as `spawn`, and then fewer spin.
Status set_spinners(kernel::ThreadContext& self, u32 count) noexcept;

}  // namespace quartet::shell
