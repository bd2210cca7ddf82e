// SPDX-License-Identifier: MIT
//
// Calls between four cores that call each other: each runs once on the core that it was made to, or it was withdrawn.

#include "controller.hpp"
#include "threads.hpp"

#include <kernel/irq/cross_call.hpp>
#include <kernel/irq/irq.hpp>

#include <arch/handler.hpp>
#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

void let_time_pass(u32 points) {
    for (u32 n = choose(points); n > 0; --n) arch::sim_point();
}

struct Ran {
    u32 on[max_cores] = {};
};

void note_core(IrqContext& context) noexcept {
    SIM_CHECK(arch::in_handler() && arch::irqs_masked());
    let_time_pass(10);
    static_cast<Ran*>(context.argument())->on[arch::core_id()] += 1;
}

void call_everybody(ThreadContext& self, void*) {
    for (u32 round = 0; round < 12; ++round) {
        (void)set_affinity(current(), 1 + choose(15));
        Ran ran;
        const u32 mask = 1 + choose(15);
        const CallStatus called =
            choose(4) == 0 ? call_all_cores(self, note_core, &ran) : call_cores(self, mask, note_core, &ran);
        SIM_CHECK(called.has_value());
        bool all = true;
        for (u32 core = 0; core < max_cores; ++core) {
            all &= ran.on[core] == 1;
            SIM_CHECK(ran.on[core] <= 1 && (ran.on[core] == 1 || (mask >> core & 1) == 0));
        }
        let_time_pass(40);
        // One that nobody waits for at once.
        Ran later;
        const u32 core = choose(max_cores);
        CrossCall call{note_core, &later};
        SIM_CHECK(call.send(core).has_value());
        if (const Status again = call.send(core); !again) SIM_CHECK(again.error() == Error::Busy);
        else SIM_CHECK(later.on[core] != 0);
        let_time_pass(80);
        if (choose(2) == 0) {
            const u32 before = later.on[core];
            const bool prevented = call.withdraw();
            while (call.under_way()) arch::relax();
            if (prevented) SIM_CHECK(later.on[core] == before);
            else SIM_CHECK(later.on[core] != 0);
        } else {
            SIM_CHECK(call.wait(self).has_value());
            SIM_CHECK(later.on[core] != 0);
        }
    }
}

void cores_call_each_other() {
    start_interrupts();
    start_all();
    auto self = boot_context();
    ThreadHandle callers[6];
    for (ThreadHandle& caller : callers)
        caller = must_spawn("caller", static_cast<u8>(10 + choose(6)), call_everybody, nullptr);
    for (ThreadHandle caller : callers) must_join(self, caller);
    Ran ran;
    SIM_CHECK(call_core(self, 4, note_core, &ran) == CallStatus{std::unexpected{CallFailure{Error::Invalid, 4}}});
    SIM_CHECK(call_cores(self, 0x41, note_core, &ran) == CallStatus{std::unexpected{CallFailure{Error::Invalid, 6}}});
    SIM_CHECK(ran.on[0] == 0);
}

bool standing = false;
bool may_go = false;

void stand_still(ThreadContext&, void*) {
    arch::IrqsMasked masked;
    standing = true;
    while (!may_go) arch::relax();
}

void a_core_does_not_answer() {
    start_interrupts();
    auto self = start_and_await_all();
    (void)set_affinity(current(), 1);
    ThreadHandle thread = must_spawn("stands", 20, stand_still, nullptr, 4);
    while (!standing) yield(self);
    Ran ran;
    const CallStatus called = call_all_cores(self, note_core, &ran, milliseconds(1));
    SIM_CHECK(called == CallStatus{std::unexpected{CallFailure{Error::Timeout, 2}}});
    SIM_CHECK(ran.on[0] == 1 && ran.on[1] == 1 && ran.on[2] == 0 && ran.on[3] == 1);
    may_go = true;
    must_join(self, thread);
    SIM_CHECK(call_core(self, 2, note_core, &ran).has_value());
    SIM_CHECK(ran.on[2] == 1);
}

}  // namespace

TEST_CASE("IRQ13 calls to other cores run once where they were made to, in handler context, or are withdrawn") {
    CHECK(run_seeds("IRQ13 calls", 150, {}, cores_call_each_other));
}
TEST_CASE("IRQ13 a core that does not answer is named, the others ran it, and it never does") {
    // Its interrupts stay masked: that is what the others are to find.
    CHECK(run_seeds("IRQ13 a core", 30, {.longest_flight = 4'000'000}, a_core_does_not_answer));
}
