// SPDX-License-Identifier: MIT
//
// What a thread finds when it begins, and when it goes on.

#include "../threads.hpp"

#include <arch/atomic.hpp>
#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

SELFTEST("EXC11", "a thread that is first switched to by an interrupt hears SError and interrupts") {
    on_every_core(run, [&](u32) {
        EXPECT(!arch::serror_masked());
        EXPECT(!arch::irqs_masked());
    });
}

SELFTEST("EXC11", "a thread that yielded and is resumed by an interrupt hears SError and interrupts") {
    TestFlow flow;
    arch::Atomic<u32> resumed{0};
    // The flow yields to it, and comes back when an interrupt ends its slice.
    TestThread peer{run, flow, {.name = "peer", .priority = test_priority, .affinity = 1}, [&](ThreadContext&) {
                        while (resumed.load(arch::Order::Acquire) == 0) arch::relax();
                    }};
    yield(flow.self);
    const bool serror_masked = arch::serror_masked();
    const bool irqs_masked = arch::irqs_masked();
    resumed.store(1, arch::Order::Release);
    EXPECT(!serror_masked);
    EXPECT(!irqs_masked);
}
