// SPDX-License-Identifier: MIT
//
// How much of its stack a thread has used at most: the stack is painted before the thread begins, and what is no longer
// painted was used. Only where `ThreadOptions::measure_stack` asks for it: painting 16 KiB costs as much as starting
// several threads.

#pragma once

#include <base/result.hpp>
#include <kernel/thread/thread.hpp>

namespace quartet::kernel {

// Before the first frame is laid on it. Cost: a store for 16 bytes.
void paint_stack(Thread& thread) noexcept;

// Bytes from the top of the stack down to the lowest word that was written, so exact to 8 bytes; a frame that was
// never written to counts as far as it was. Of a thread that runs: as of some moment during the call.
// Context: thread. Errors: Invalid (stale handle), Unsupported (not measured). Cost: a load for 8 unused bytes, masked
// for 512 of them at a time.
Result<usize> stack_high_water(ThreadHandle thread) noexcept;

}  // namespace quartet::kernel
