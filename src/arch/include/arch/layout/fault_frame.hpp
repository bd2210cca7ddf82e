// SPDX-License-Identifier: MIT
//
// What a vector slot saves of code that will not go on: every general register and the four that
// say why. The sync, FIQ and SError slots and all slots of lower exception levels build one and
// call `quartet_fault`; the interrupt slot of running threads does not.

#pragma once

#include <arch/layout/fault_offsets.h>
#include <base/types.hpp>

#include <cstddef>

namespace quartet::arch {

// Which of the 16 slots of a vector table was taken (Arm ARM, D1.10.2): four kinds from four origins.
enum class VectorKind : u8 { Synchronous, Irq, Fiq, SError };
enum class VectorOrigin : u8 { ThreadStack, ExceptionStack, LowerAArch64, LowerAArch32 };

constexpr VectorKind vector_kind(u32 slot) { return static_cast<VectorKind>(slot & 3); }
constexpr VectorOrigin vector_origin(u32 slot) { return static_cast<VectorOrigin>((slot >> 2) & 3); }

struct FaultFrame {
    u64 x[31];
    u64 sp;
    u64 elr;
    u64 spsr;
    u64 esr;
    u64 far;
    u32 slot;
    u32 depth;  // non-zero: the fault came at EL1h, and the frame lies on the core's overflow stack
    u64 unused;
};

static_assert(offsetof(FaultFrame, x) == FAULT_X && offsetof(FaultFrame, sp) == FAULT_SP);
static_assert(FAULT_SP == FAULT_X + 31 * 8, "x30 and sp are stored as one pair");
static_assert(offsetof(FaultFrame, elr) == FAULT_ELR && offsetof(FaultFrame, spsr) == FAULT_SPSR);
static_assert(FAULT_SPSR == FAULT_ELR + 8, "elr and spsr are stored as one pair");
static_assert(offsetof(FaultFrame, esr) == FAULT_ESR && offsetof(FaultFrame, far) == FAULT_FAR);
static_assert(FAULT_FAR == FAULT_ESR + 8, "esr and far are stored as one pair");
static_assert(offsetof(FaultFrame, slot) == FAULT_SLOT && offsetof(FaultFrame, depth) == FAULT_DEPTH);
static_assert(offsetof(FaultFrame, unused) == FAULT_ZERO);
static_assert(sizeof(FaultFrame) == FAULT_SIZE && FAULT_SIZE % 16 == 0, "AAPCS64 stack alignment");
static_assert(FAULT_FAR <= 504, "one stp reaches every pair from the frame's start");

}  // namespace quartet::arch

// Report the fault and never return. `frame` lies on a stack that is known to be good; interrupts are masked.
extern "C" [[noreturn]] void quartet_fault(quartet::arch::FaultFrame& frame) noexcept;
