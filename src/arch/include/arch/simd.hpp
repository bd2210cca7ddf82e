// SPDX-License-Identifier: MIT
//
// What a thread has in the SIMD and floating-point registers while it does not run. The kernel never looks inside: it
// reserves the room, and says when to save. fp_state.S implements that on the machine, the simulation has a twin.

#pragma once

#include <arch/layout/offsets.h>
#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <cstddef>
#include <span>

namespace quartet::arch {

struct alignas(16) SimdState {
    u64 fpcr;  // a fresh thread's is 0: round to nearest, no flush to zero, no default NaN, no trap
    u64 fpsr;
    u64 q[32][2];
};
static_assert(offsetof(SimdState, q) == SIMD_Q && offsetof(SimdState, fpcr) == SIMD_FPCR);
static_assert(offsetof(SimdState, fpsr) == SIMD_FPCR + 8, "stored as one pair");
static_assert(sizeof(SimdState) == SIMD_SIZE);

// The highest bytes of a thread's stack; its first frame lies below them. Their contents are what they were: the thread's
// first SIMD instruction clears them.
// Safety: nobody else uses the stack as long as the state is used.
inline SimdState* simd_room(Unsafe, std::span<std::byte> stack) {
    uptr end = reinterpret_cast<uptr>(stack.data() + stack.size());
    return reinterpret_cast<SimdState*>(align_down(end, alignof(SimdState)) - sizeof(SimdState));
}

// FPCR and FPSR, for a fault report.
struct SimdControl {
    u64 fpcr;
    u64 fpsr;
};
static_assert(offsetof(SimdControl, fpsr) == 8, "stored as one pair");

}  // namespace quartet::arch

extern "C" {

// What the registers hold goes to `state`, and the next SIMD instruction on this core traps.
// Context: interrupts masked; the registers hold what the owner of `state` left there.
void quartet_fp_save(quartet::arch::SimdState* state) noexcept;

// The two registers as they are. SIMD is closed afterwards. Context: after a fault.
void quartet_fp_control(quartet::arch::SimdControl* control) noexcept;
}

namespace quartet::arch {

// Safety: as quartet_fp_save says.
[[gnu::always_inline]] inline void save_simd(Unsafe, SimdState& state) noexcept { quartet_fp_save(&state); }

}  // namespace quartet::arch
