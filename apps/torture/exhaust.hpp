// SPDX-License-Identifier: MIT
//
// All memory taken and given back, again and again: with none left everybody who asks is told so, what needs none goes on,
// and afterwards not a frame and not an object is missing.

#pragma once

#include <base/types.hpp>
#include <quartet/context.hpp>
#include <shell/output.hpp>

namespace quartet::torture {

// Ends with the line `torture: memory ran out N times, M errors`. Context: thread; nothing else allocates meanwhile.
void exhaust(u64 rounds, shell::Output& out, ThreadContext& self);

}  // namespace quartet::torture
