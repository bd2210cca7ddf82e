// SPDX-License-Identifier: MIT
//
// Marks of an application in the trace that the shell's `trace` records (docs/debugging/trace.md).

#pragma once

#include <base/types.hpp>
#include <kernel/trace/trace.hpp>

namespace quartet {

// An event in the trace of the calling core, where one is recorded: `name`, a string constant, and the lower 24 bits of
// `value`. Context: any, handlers too. Cost: 3 instructions and a predicted branch when nothing is recorded; when it is,
// little less than qt_trace_mark.
[[gnu::always_inline]] inline void trace_mark(const char* name, u32 value = 0) noexcept {
    kernel::trace::mark(name, value);
}

}  // namespace quartet
