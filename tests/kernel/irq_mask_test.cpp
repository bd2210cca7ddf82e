// SPDX-License-Identifier: MIT
//
// Masking nests: the inner end must not open what the outer one still needs closed.

#include "selftest.hpp"

#include <arch/irq_mask.hpp>

using namespace quartet;

SELFTEST("LCK03", "nested masking restores the caller's state") {
    const bool before = arch::irqs_masked();
    {
        arch::IrqsMasked outer;
        EXPECT(arch::irqs_masked());
        EXPECT_EQ(outer.was_open(), !before);
        {
            arch::IrqsMasked inner;
            EXPECT(arch::irqs_masked());
            EXPECT(!inner.was_open());
        }
        EXPECT(arch::irqs_masked());
    }
    EXPECT_EQ(arch::irqs_masked(), before);
}
