// SPDX-License-Identifier: MIT
//
// Whole register frames of code that is going to go on: of a thread that the stop interrupt found, and of what an exception
// found that a debugger answers.

#pragma once

#include <arch/layout/fault_frame.hpp>

namespace quartet::kernel {
class IrqContext;
}

// The handler of the stop interrupt, for the table alone (stop.S). The interrupt slot keeps the registers that a C++ handler may
// change; this one keeps the others as well, and what `quartet_stop` makes of them is what the thread goes on with.
extern "C" void quartet_stop_entry(quartet::kernel::IrqContext& context) noexcept;

// What it calls, in kernel/fault/core_stop.cpp. Of `frame` x19-x28 are filled in.
extern "C" void quartet_stop(quartet::kernel::IrqContext& context, quartet::arch::FaultFrame& frame) noexcept;

// On with the code of `frame`, as the frame has it now.
// Context: interrupts masked, on the stack that the frame lies on, which is given up: the slot of vectors.S made the frame, and it is
// a synchronous one of EL1. Of a handler's frame TPIDRRO_EL0 is to be what it was.
extern "C" [[noreturn]] void quartet_resume(quartet::arch::FaultFrame& frame) noexcept;
