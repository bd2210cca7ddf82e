// SPDX-License-Identifier: MIT
//
// What a thread finds when it begins.

#include <arch/irq_mask.hpp>
#include <kernel/scheduler.hpp>

#include "selftest.hpp"

namespace quartet::kernel {
namespace {

struct Found {
    bool serror_masked = true;
    bool irqs_masked = true;
};

void look(ThreadContext&, void* argument) {
    auto& found = *static_cast<Found*>(argument);
    found.serror_masked = arch::serror_masked();
    found.irqs_masked = arch::irqs_masked();
}

}  // namespace

SELFTEST("EXC11", "a thread that is first switched to by an interrupt hears SError and interrupts") {
    ThreadContext self = ThreadContext::current(Unsafe{"self-tests run in a thread"});
    for (u32 core = 0; core < max_cores; ++core) {
        if (cores[core].state.load(arch::Order::Acquire) != CoreState::Online) continue;
        Found found;
        auto thread = spawn({.name = "look", .affinity = 1u << core}, &look, &found);
        EXPECT(thread.has_value());
        EXPECT(join(self, *thread).has_value());
        EXPECT(!found.serror_masked);
        EXPECT(!found.irqs_masked);
    }
}

}  // namespace quartet::kernel
