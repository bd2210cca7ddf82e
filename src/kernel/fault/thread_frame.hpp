// SPDX-License-Identifier: MIT
//
// The registers of any thread while the other cores stand still, and whence it was called: for reports and debuggers.

#pragma once

#include <arch/layout/fault_frame.hpp>
#include <kernel/thread/thread.hpp>

#include <span>

namespace quartet::kernel {

enum class Known : u8 {
    Nothing,  // it runs on a core that does not answer, or has no flow (yet, or any more)
    Saved,    // x19-x30, sp and elr, which a switch keeps for it; the rest is 0, spsr too
    All,      // it runs on a core that stands, whose frame this is
};

struct ThreadFrame {
    Known known = Known::Nothing;
    u32 core = max_cores;  // of a running one
    arch::FaultFrame frame{};
};

// Context: the other cores stand (core_stop.hpp); the caller's own is listed there. Reads nothing that is not mapped, whatever the
// thread's record says. The caller's frame grows by 320 bytes.
void read_thread_frame(const Thread& thread, ThreadFrame& found) noexcept;

// Whether a core that stands runs it; which, else max_cores. Context: as above.
u32 core_running(const Thread& thread) noexcept;

// The callers of the code at `frame`, innermost first; their number. `core`: whose handlers' stacks the chain may pass, max_cores for
// none. `thread`: whose stack; null: none. `found` is not empty. Context: any, after a fault too.
usize trace_frame(const arch::FaultFrame& frame, u32 core, const Thread* thread, std::span<uptr> found) noexcept;

}  // namespace quartet::kernel
