// SPDX-License-Identifier: MIT

#pragma once

#include <arch/layout/fault_frame.hpp>

namespace quartet::debug::gdb {

// A step is made with interrupts masked, so that it ends in the code that is stepped. Instructions that would see or change
// that, or wait for an interrupt, are done here instead: wfi, wfe, and the three that read and write PSTATE.DAIF.
// True: `frame` is behind `instruction`, which lay at its pc. Context: any. Source: DDI 0487, C6.2 and C5.2.2.
bool step_by_hand(arch::FaultFrame& frame, u32 instruction) noexcept;

}  // namespace quartet::debug::gdb
