// SPDX-License-Identifier: MIT
//
// What was recorded, as lines for scripts/trace.py.

#pragma once

#include <shell/output.hpp>

namespace quartet::shell {

// Each line `~N KIND …*CHECKSUM`: its number, so that one that is missing is missed, and FNV-1a of what stands between `~` and
// `*`, so that one that is damaged is none. What else is printed meanwhile has lines of its own. docs/debugging/trace.md
// has the kinds. Context: thread. Cost: 48 bytes on the wire an event.
void dump_trace(Output& out);

}  // namespace quartet::shell
