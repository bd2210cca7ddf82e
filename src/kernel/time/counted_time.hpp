// SPDX-License-Identifier: MIT
//
// Whether time is counted instructions (QEMU's -icount shift=4,sleep=off, where one is 16 ns and one count). Only
// there can a share or a delay be judged: elsewhere another program of the host's may have taken the core.

#pragma once

#include <kernel/thread/thread_context.hpp>

namespace quartet::kernel {

// Context: a thread. Cost: 5 ms where the answer is yes at the first look, 100 ms where it is no.
bool time_is_counted(ThreadContext& self) noexcept;

}  // namespace quartet::kernel
