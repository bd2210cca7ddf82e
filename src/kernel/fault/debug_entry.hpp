// SPDX-License-Identifier: MIT
//
// How a debugger, which stands above the kernel, is entered: by an exception that is its own, or because somebody asked. Without one
// none of this does anything.

#pragma once

#include <arch/irq_mask.hpp>
#include <arch/layout/fault_frame.hpp>

namespace quartet::kernel {

// Why it is entered. Of Exception `frame.esr` tells more.
enum class DebugEntry : u8 { Asked, Exception };

// True: the code goes on as `frame` has it now. False: it is none of the debugger's business.
// Context: interrupts masked, on the exception or the overflow stack of `core`; the others run.
using Debugger = bool (*)(u32 core, arch::FaultFrame& frame, DebugEntry why) noexcept;

// A `$` came at `panic> `: this core reported `frame`, and all others stand for good.
using AfterFault = void (*)(arch::FaultFrame& frame) noexcept;

// Context: boot, once.
void set_debugger(Debugger debugger, AfterFault after_fault) noexcept;

// This core enters the debugger as soon as its interrupts are open. Context: any, masked; after attach_core_stop.
void ask_for_debugger(const arch::IrqsMasked& masked) noexcept;

// --- Whence it is entered.

// Where somebody asked. Context: the stop interrupt.
bool enter_debugger(u32 core, arch::FaultFrame& frame) noexcept;
// True: `quartet_resume(frame)` is next. Context: after an exception.
bool debugger_answers(u32 core, arch::FaultFrame& frame) noexcept;
// False: there is none. Context: the prompt after a fault.
bool debug_after_fault() noexcept;

}  // namespace quartet::kernel
