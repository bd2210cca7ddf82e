// SPDX-License-Identifier: MIT
//
// What the interrupt slot of vectors.S pushes on the interrupted thread's stack: the registers that
// a C++ handler may change. The callee-saved ones stay where they are; a switch saves them.

#pragma once

#include <arch/layout/offsets.h>
#include <base/types.hpp>

namespace quartet::arch {

struct IrqFrame {
    u64 x[18];
    u64 x18;
    u64 lr;
    u64 fp;   // fp and elr are a frame record: keep them neighbours
    u64 elr;
    u64 spsr;
    u64 unused;
};
static_assert(offsetof(IrqFrame, x) == IRQ_FRAME_X0 && offsetof(IrqFrame, x18) == IRQ_FRAME_X18);
static_assert(offsetof(IrqFrame, lr) == IRQ_FRAME_LR && offsetof(IrqFrame, fp) == IRQ_FRAME_FP);
static_assert(offsetof(IrqFrame, elr) == IRQ_FRAME_ELR && offsetof(IrqFrame, spsr) == IRQ_FRAME_SPSR);
static_assert(offsetof(IrqFrame, elr) == offsetof(IrqFrame, fp) + 8, "a frame record of the AAPCS64");
static_assert(sizeof(IrqFrame) == IRQ_FRAME_SIZE && IRQ_FRAME_SIZE % 16 == 0, "AAPCS64 stack alignment");

}  // namespace quartet::arch
