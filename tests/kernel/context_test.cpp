// SPDX-License-Identifier: MIT
//
// What a thread finds when it begins.

#include "threads.hpp"

#include <arch/irq_mask.hpp>

using namespace quartet;
using namespace quartet::selftest_detail;

SELFTEST("EXC11", "a thread that is first switched to by an interrupt hears SError and interrupts") {
    on_every_core(run, [&](u32) {
        EXPECT(!arch::serror_masked());
        EXPECT(!arch::irqs_masked());
    });
}
