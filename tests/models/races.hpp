// SPDX-License-Identifier: MIT
//
// The models' look at plain memory: GCC's -fsanitize=thread puts a call at every access of the kernel's sources and of the
// models', and here they are held against relacy's clocks. Two accesses of one byte, one of them a write, neither before
// the other by what the written orders say, are a data race, which refutes the model.

#pragma once

#include <base/types.hpp>

namespace quartet::model::races {

void begin_run(u32 cores);
// An atomic one: it races with plain writes alone.
void atomic_access(const void* at, usize size);
// The machine's own registers: each core has them to itself.
void leave_out(const void* at, usize size);

}  // namespace quartet::model::races
