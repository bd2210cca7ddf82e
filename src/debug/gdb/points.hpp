// SPDX-License-Identifier: MIT
//
// Breakpoints and watchpoints: asked for while the machine stands, there while it runs. In between the code is as it was built, so
// that whoever reads it sees no breakpoint.

#pragma once

#include <base/types.hpp>

namespace quartet::debug::gdb {

// All that were set are there, on every core that stands and on this one. Context: the cores held by `self`.
void put_points_in(u32 self) noexcept;
// And the code is as it was. Context: as above.
void take_points_out() noexcept;
// Whether a breakpoint of ours lies at `pc` while the machine runs. Context: any.
bool breaks_at(uptr pc) noexcept;
// Whether any watchpoint or hardware breakpoint is set.
bool uses_debug_unit() noexcept;

// Where the watched bytes begin that an access with FAR_EL1 `far` met: that may lie before them, where the access began (DDI 0487,
// D2.10.5), and GDB takes no other address for its own.
uptr watched_at(uptr far) noexcept;

// An instruction of the image, through a page that is mapped for this write, and fetched as it is now by whoever goes on. False: nothing
// can be written. Context: as above. machine.cpp.
bool write_instruction(uptr at, u32 instruction) noexcept;

// What a software breakpoint is: brk #0 (DDI 0487, C6.2.40).
inline constexpr u32 break_instruction = 0xd420'0000;

}  // namespace quartet::debug::gdb
