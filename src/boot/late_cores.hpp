// SPDX-License-Identifier: MIT
//
// A core that did not come in time may come later: head.S lets it in, the scheduler uses it, and this
// thread says so. It is the thread that the boot scheduler starts and the priority scheduler inherits.

#pragma once

#include <base/types.hpp>
#include <kernel/thread/thread_context.hpp>

namespace quartet::boot {

inline constexpr usize late_cores_stack_size = 8_KiB;
inline constexpr u8 late_cores_priority = 17;

// A thread's entry. Waits for `cores_were_counted`, then looks ten times a second while a core is missing.
void report_late_cores(kernel::ThreadContext& self, void*);

// The report has said that these are missing, one bit a core, and nothing else: a core may have come since.
// Context: thread.
void cores_were_counted(u32 said_missing);

}  // namespace quartet::boot
