// SPDX-License-Identifier: MIT
//
// The interrupted thread's stack, as a handler sees it.

#pragma once

#include <arch/layout/irq_frame.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

// What vectors.S pushed on the interrupted thread's stack (SP_EL0) before it called the handler.
// Cost: 1 instruction. Safety: this is a handler; a thread has its own stack there.
[[gnu::always_inline]] inline const IrqFrame* interrupted_frame(Unsafe) noexcept {
    const IrqFrame* frame;
    asm volatile("mrs %0, sp_el0" : "=r"(frame));
    return frame;
}

// Where the thread was. Cost: 2 instructions. Safety: as above.
[[gnu::always_inline]] inline uptr interrupted_pc(Unsafe why) noexcept { return interrupted_frame(why)->elr; }

// The frame record that the slot pushed: {x29, where the thread was}. The walk up its stack begins there. Cost and safety: as above.
[[gnu::always_inline]] inline uptr interrupted_record(Unsafe why) noexcept {
    return reinterpret_cast<uptr>(interrupted_frame(why)) + IRQ_FRAME_FP;
}

}  // namespace quartet::arch
