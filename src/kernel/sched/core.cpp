// SPDX-License-Identifier: MIT

#include <kernel/sched/core.hpp>

#include <arch/simd.hpp>

namespace quartet::kernel {

constinit Core cores[max_cores];
constinit CoresWithWaiters cores_with_waiters;

void put_simd_away(Core& core, Thread& owner, const arch::IrqsMasked&) noexcept {
    debug_check(owner.simd != nullptr && owner.simd_used != 0, "who has SIMD open has room for its state");
    core.simd = 0;
    core.simd_saves += 1;
    arch::save_simd(Unsafe{"core.simd said that the registers hold what `owner` left"}, *owner.simd);
}

}  // namespace quartet::kernel
