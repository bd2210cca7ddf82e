// SPDX-License-Identifier: MIT
//
// The interrupted thread's stack, as a handler sees it.

#pragma once

#include <arch/layout/fault_frame.hpp>
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

// What its lr held: its caller, where it was in a function that calls nothing. Cost and safety: as above.
[[gnu::always_inline]] inline uptr interrupted_lr(Unsafe why) noexcept { return interrupted_frame(why)->lr; }

// The frame record that the slot pushed: {x29, where the thread was}. The walk up its stack begins there. Cost and safety: as above.
[[gnu::always_inline]] inline uptr interrupted_record(Unsafe why) noexcept {
    return reinterpret_cast<uptr>(interrupted_frame(why)) + IRQ_FRAME_FP;
}

// The interrupted thread's registers, as the slot pushed them; x19-x28 are left alone.
// Safety: as above.
inline void read_interrupted(Unsafe why, FaultFrame& to) noexcept {
    const IrqFrame* const frame = interrupted_frame(why);
    for (u32 i = 0; i < 18; ++i) to.x[i] = frame->x[i];
    to.x[18] = frame->x18;
    to.x[29] = frame->fp;
    to.x[30] = frame->lr;
    to.sp = reinterpret_cast<uptr>(frame + 1);
    to.elr = frame->elr;
    to.spsr = frame->spsr;
    to.esr = to.far = 0;
    to.slot = 1;
    to.depth = 0;
}

// And back: the thread goes on with what `from` says, its sp too.
// Safety: as above; where the sp is another one, there is room for an IrqFrame below it.
inline void write_interrupted(Unsafe, const FaultFrame& from) noexcept {
    IrqFrame* frame = reinterpret_cast<IrqFrame*>(from.sp) - 1;
    for (u32 i = 0; i < 18; ++i) frame->x[i] = from.x[i];
    frame->x18 = from.x[18];
    frame->fp = from.x[29];
    frame->lr = from.x[30];
    frame->elr = from.elr;
    frame->spsr = from.spsr;
    asm volatile("msr sp_el0, %0" : : "r"(frame) : "memory");
}

}  // namespace quartet::arch
