// SPDX-License-Identifier: MIT
//
// `threads -w`: who waits for whom.

#pragma once

#include <shell/command.hpp>

namespace quartet::shell {

// How long a thread may wait for something that a thread owns before it is called hung, unless the command says otherwise.
inline constexpr u64 default_hung_s = 10;

// A row for each blocked thread; `hung` behind those that have waited for an owner for longer than `hung_s`; a line for each ring.
// Context: thread.
void list_waits(Output& out, u64 hung_s);

}  // namespace quartet::shell
