// SPDX-License-Identifier: MIT
//
// Faults that end their thread and not the run: what it held becomes owner-dead, and who joins it is told that it was
// terminated. Only where nothing but the thread can be half done.

#pragma once

#include <arch/layout/fault_frame.hpp>
#include <base/types.hpp>

namespace quartet::kernel {

enum class FaultPolicy : u8 { Stop, Contain };

// Of threads that say nothing themselves (OnFault). `Stop` as long as it is not called. Context: boot.
void set_fault_policy(FaultPolicy policy) noexcept;

// True: the thread that faulted on `core` is to be ended, the log says so, and code that goes on with `frame` as it is now
// ends it. False: the run ends. That is so of all but a synchronous exception of a thread that may be contained, and which
// had interrupts and preemption open and no guard in its hands: what the kernel keeps under spin locks or a MutexGuard is
// whole then.
// Context: after an exception, interrupts masked.
bool contain_fault(u32 core, arch::FaultFrame& frame) noexcept;

}  // namespace quartet::kernel
