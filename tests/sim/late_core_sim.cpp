// SPDX-License-Identifier: MIT
//
// Cores that begin to take interrupts while others already change what each core has, and ask for work on all of them.

#include "controller.hpp"
#include "threads.hpp"

#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/irq_lines.hpp>

#include <arch/cpu.hpp>
#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 own = 25;  // one of each core's, for applications

bool attached = false;
bool changing = true;
u32 runs[max_cores];

void let_time_pass(u32 points) {
    for (u32 n = choose(points); n > 0; --n) arch::sim_point();
}

void be_handled(IrqContext& context) noexcept {
    SIM_CHECK(attached);
    runs[context.core()] += 1;
}

// On a core of its own: the device that this core has of this id is there before its interrupts are, and goes on.
void start_late(ThreadContext& self, void*) {
    let_time_pass(600);
    {
        arch::IrqsMasked masked;
        irq::start_core(cores[arch::core_id()], masked);
    }
    while (changing) {
        irq::the_controller->set_pending(own);
        let_time_pass(60);
    }
    while (!irq::info(own)->enabled) yield(self);
    const u32 before = runs[arch::core_id()];
    irq::the_controller->set_pending(own);
    while (runs[arch::core_id()] == before) yield(self);
}

// From the core that takes interrupts from the beginning on, for any.
void ask_any_core() {
    arch::IrqsMasked masked;
    ipi::send(choose(max_cores), ipi::Purpose::Call, masked);
}

void change_what_each_core_has() {
    start_interrupts(1);
    auto self = start_and_await_all();
    (void)set_affinity(current(), 1);
    ThreadHandle late[max_cores];
    for (u32 core = 1; core < max_cores; ++core) late[core] = must_spawn("late", 16, start_late, nullptr, 1u << core);
    for (u32 round = 0; round < 8; ++round) {
        attached = true;
        SIM_CHECK(irq::attach(own, be_handled, nullptr).has_value());
        SIM_CHECK(irq::enable(own).has_value());
        let_time_pass(100);
        ask_any_core();
        SIM_CHECK(irq::detach(own).has_value());
        attached = false;
        let_time_pass(40);
    }
    attached = true;
    SIM_CHECK(irq::attach(own, be_handled, nullptr).has_value());
    SIM_CHECK(irq::enable(own).has_value());
    changing = false;
    for (u32 core = 1; core < max_cores; ++core) must_join(self, late[core]);
}

}  // namespace

TEST_CASE("B4 cores start while an id of each core comes and goes: none is sent anything before, and each has it") {
    CHECK(run_seeds("B4", 100, {.most_points = 400'000}, change_what_each_core_has));
}
