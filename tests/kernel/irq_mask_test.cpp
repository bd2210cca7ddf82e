// SPDX-License-Identifier: MIT
//
// Masking nests: the inner end must not open what the outer one still needs closed, nor touch what it did not close.

#include "selftest.hpp"

#include <arch/irq_mask.hpp>
#include <sync/spin_lock.hpp>

using namespace quartet;

extern "C" {
void quartet_set_daif(u64 daif);
u64 quartet_daif();
}

namespace {

constexpr u64 mask_i = 0x80;
constexpr u64 mask_f = 0x40;

}  // namespace

SELFTEST("LCK03", "nested masking restores the caller's state, whichever of IRQ and FIQ it had masked") {
    const u64 before = quartet_daif();
    sync::SpinLock<sync::LockRank::IrqTable> lock;
    for (u64 masked : {u64{0}, mask_i, mask_f, mask_i | mask_f}) {
        const u64 caller = (before & ~(mask_i | mask_f)) | masked;
        quartet_set_daif(caller);
        {
            arch::IrqsMasked outer;
            EXPECT_EQ(quartet_daif(), caller | mask_i);
            EXPECT_EQ(outer.was_open(), (masked & mask_i) == 0);
            {
                arch::IrqsMasked inner;
                EXPECT_EQ(quartet_daif(), caller | mask_i);
                EXPECT(!inner.was_open());
            }
            EXPECT_EQ(quartet_daif(), caller | mask_i);
            {
                sync::IrqLockGuard guard{lock};
                EXPECT_EQ(quartet_daif(), caller | mask_i);
            }
            EXPECT_EQ(quartet_daif(), caller | mask_i);
        }
        EXPECT_EQ(quartet_daif(), caller);
        {
            sync::IrqLockGuard guard{lock};
            EXPECT_EQ(quartet_daif(), caller | mask_i);
        }
        EXPECT_EQ(quartet_daif(), caller);
    }
    quartet_set_daif(before);
}
