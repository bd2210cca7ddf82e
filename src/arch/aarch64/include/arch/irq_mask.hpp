// SPDX-License-Identifier: MIT
//
// Masking interrupts on this core, as an object whose life is the masked stretch. A reference to
// one is the proof that functions ask for which must not be interrupted.

#pragma once

#include <arch/measuring.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

// Context: any. Cost: 2 instructions to begin, 2 to end. Nests: an inner one ends with interrupts masked.
//
// PSTATE.I alone: what a thread does masked still hears SError. Handlers and the interrupt tail do not:
// exception entry masks it until their eret. A tail that switches leaves PSTATE.A set under the thread that comes; so
// whoever opens interrupts opens SError with them. Nobody has interrupts open and SError masked. The same goes for PSTATE.D,
// which hides watchpoints and hardware breakpoints: in one instruction, so it costs nothing.
class [[nodiscard]] IrqsMasked {
public:
    [[gnu::always_inline]] IrqsMasked() noexcept {
        asm volatile("mrs %0, daif\n msr daifset, #2" : "=r"(daif_) : : "memory");
        if (measuring && was_open()) quartet_masking_begins();
    }
    // Where the caller knows that they are open: 1 instruction to begin. Safety: they are.
    struct WereOpen {};
    [[gnu::always_inline]] IrqsMasked(Unsafe, WereOpen) noexcept : daif_(0) {
        asm volatile("msr daifset, #2" : : : "memory");
        if constexpr (measuring) quartet_masking_begins();
    }
    // Where the caller knows that they are masked, as the tail of an interrupt does: nothing to begin, nothing to end.
    // Safety: they are, and stay so for the object's life.
    struct WereMasked {};
    [[gnu::always_inline]] IrqsMasked(Unsafe, WereMasked) noexcept : daif_(0x80) {
        // What a thread masked that this tail interrupts is over.
        if constexpr (measuring) quartet_masking_begins();
    }
    [[gnu::always_inline]] ~IrqsMasked() {
        if (measuring && was_open()) quartet_masking_ends();
        if (was_open()) asm volatile("msr daifclr, #14" : : : "memory");
    }
    IrqsMasked(const IrqsMasked&) = delete;
    IrqsMasked& operator=(const IrqsMasked&) = delete;

    // Whether interrupts were open before.
    bool was_open() const noexcept { return (daif_ & 0x80) == 0; }

private:
    u64 daif_;
};

[[gnu::always_inline]] inline bool irqs_masked() noexcept {
    u64 daif;
    asm volatile("mrs %0, daif" : "=r"(daif));
    return (daif & 0x80) != 0;
}

// With SError and debug exceptions, as above. Safety: whoever masked them no longer relies on it.
[[gnu::always_inline]] inline void unmask_irqs(Unsafe) noexcept {
    if constexpr (measuring) quartet_masking_ends();
    asm volatile("msr daifclr, #14" : : : "memory");
}

// PSTATE.A. Context: any.
[[gnu::always_inline]] inline bool serror_masked() noexcept {
    u64 daif;
    asm volatile("mrs %0, daif" : "=r"(daif));
    return (daif & 0x100) != 0;
}
[[gnu::always_inline]] inline void mask_irqs(Unsafe) noexcept {
    asm volatile("msr daifset, #2" : : : "memory");
    if constexpr (measuring) quartet_masking_begins();
}

}  // namespace quartet::arch
