// SPDX-License-Identifier: MIT
//
// The prompt: reads lines from the console and runs them, one after the other, for ever.

#pragma once

#include <base/result.hpp>
#include <shell/environment.hpp>

namespace quartet::shell {

// Starts the shell's thread. `environment` lives for ever. Context: a thread, after the console's `start`, with
// the whole boot report on the wire. Errors: as `spawn`.
Status start_shell(const Environment& environment) noexcept;

}  // namespace quartet::shell
