// SPDX-License-Identifier: MIT
//
// Memory that is not there. All of it taken and given back, again and again: with none left everybody who asks is told so,
// what needs none goes on, and afterwards not a frame and not an object is missing. And the same with one single allocation that
// fails, each in turn.

#pragma once

#include <base/types.hpp>
#include <quartet/context.hpp>
#include <shell/output.hpp>

namespace quartet::torture {

// Everything here happens on one core: what lies in the magazines of others would come and go with where we run.
inline constexpr u32 core_0_mask = 1;

// Ends with the line `torture: memory ran out N times, M errors`. Context: thread; nothing else allocates meanwhile.
void exhaust(u64 rounds, shell::Output& out, ThreadContext& self);

// One of each operation, all with the same numbers, once for each allocation in it, which fails: one is told so, and nothing is
// lost. The errors are those of all passes, without a failure too. Ends with the line `torture: each of N allocations failed once, M errors`. Context: as above.
void fail_each(shell::Output& out, ThreadContext& self);

// A mapping that needs page tables, each of which is refused in turn: nothing stays of it, and it succeeds when there is memory.
// Ends with the line `torture: each of N tables failed once, M errors`. Each time at addresses of their own, as tables are never
// given back: not more than 18 times. Context: as above.
void fail_tables(shell::Output& out, ThreadContext& self);

}  // namespace quartet::torture
