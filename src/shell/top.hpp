// SPDX-License-Identifier: MIT
//
// `top [N]`: what the cores and the threads did in the last second.

#pragma once

#include <shell/command.hpp>

namespace quartet::shell {

// N times, one below the other. Without N in place, by cursor sequences (ECMA-48), until a key is pressed: the only output
// that has any.
void top(const Invocation& call);

}  // namespace quartet::shell
