// SPDX-License-Identifier: MIT
//
// Stopping the other cores, which is for good: each case has a process of its own, and a core that stands still is one that
// the test leaves by its halt.

#include "../fakes/apart.hpp"

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <arch/sim_point.hpp>
#include <arch/thread_stack.hpp>
#include <doctest/doctest.h>
#include <kernel/fault/core_stop.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/sched/core.hpp>
#include <sync/clock.hpp>

#include <string>

using namespace quartet;
using namespace quartet::kernel;
using fakes::Apart;

namespace {

// What is sent is said.
struct SayingController final : InterruptController {
    std::string_view name() const noexcept override { return "saying"; }
    u32 lines() const noexcept override { return 64; }
    void start_core() noexcept override {}
    void enable(u32) noexcept override {}
    void disable(u32) noexcept override {}
    bool enabled(u32) const noexcept override { return true; }
    bool pending(u32) const noexcept override { return false; }
    void set_pending(u32) noexcept override {}
    void clear_pending(u32) noexcept override {}
    bool active(u32) const noexcept override { return false; }
    void set_priority(u32, IrqPriority) noexcept override {}
    void set_trigger(u32, Trigger) noexcept override {}
    void route(u32, u32) noexcept override {}
    void send(u32 id, u32 core) noexcept override {
        fakes::say_apart("sgi " + std::to_string(id) + " to " + std::to_string(core) + "\n");
    }
};

// Cores below `count` take interrupts; this one is core 1.
void start(u32 count) {
    static SayingController controller;
    static Core cores[max_cores]{Core{0}, Core{1}, Core{2}, Core{3}};
    irq::start(controller, 0);
    for (u32 core = 0; core < count; ++core) {
        arch::sim_core_id = core;
        arch::IrqsMasked masked;
        irq::start_core(cores[core], masked);
    }
    arch::sim_core_id = 1;
}

// As that core, until it stands still.
void as_core(u32 core, void (*act)()) {
    const u32 here = arch::sim_core_id;
    arch::sim_core_id = core;
    fakes::until_halt(act);
    arch::sim_core_id = here;
}

void be_stopped(u32 core) {
    as_core(core, [] {
        arch::sim_interrupted_pc = 0x1000 * (arch::sim_core_id + 1);
        IrqContext context{Unsafe{"the test plays vectors.S"}, 1, nullptr};
        stop_this_core(context);
    });
}

u64 begin_of_wait = 0;

void collect() {
    StoppedCore found[max_cores];
    begin_of_wait = arch::sim_counter;
    collect_stopped(1, found);
    constexpr const char* words[] = {"not asked", "stopped", "faulted", "silent"};
    for (u32 core = 0; core < max_cores; ++core) {
        fakes::say_apart(std::to_string(core) + " " + words[static_cast<u32>(found[core].how)] + " " +
                         std::to_string(found[core].pc) + "\n");
    }
}

u64 milliseconds() { return (arch::sim_counter - begin_of_wait) * 1000 / sync::counter_hertz(); }

}  // namespace

TEST_CASE("EXC08 every other core that takes interrupts is asked to stop, and no other") {
    const Apart three = fakes::run_apart([] {
        start(3);
        ask_to_stop(1);
    });
    CHECK(three.said == "sgi 1 to 0\nsgi 1 to 2\n");
    const Apart alone = fakes::run_apart([] {
        arch::sim_core_id = 1;
        ask_to_stop(1);
    });
    CHECK(alone.end == Apart::End::Returned);
    CHECK(alone.said.empty());
}

TEST_CASE(
    "EXC08 who answers is found where the interrupt came or where its own fault was, who does not is silent after 10 "
    "ms") {
    const Apart apart = fakes::run_apart([] {
        start(4);
        be_stopped(0);
        as_core(2, [] { stop_after_fault(2, 0x2222); });
        // Each look at the machine takes 10 us.
        arch::sim_hook = []() noexcept { arch::sim_counter += sync::counter_hertz() / 100'000; };
        collect();
        fakes::say_apart(std::to_string(milliseconds()) + " ms\n");
    });
    CHECK(apart.end == Apart::End::Returned);
    CHECK(apart.said == "0 stopped 4096\n1 not asked 0\n2 faulted 8738\n3 silent 0\n10 ms\n");
}

TEST_CASE("EXC08 a core that answers late is waited for, and the wait is one for all") {
    const Apart apart = fakes::run_apart([] {
        start(4);
        arch::sim_hook = []() noexcept {
            arch::sim_counter += sync::counter_hertz() / 100'000;
            static bool stopped[max_cores];
            for (u32 core : {3u, 2u, 0u}) {
                // The last ones first, at 2, 4 and 8 ms.
                const u64 due = core == 3 ? 2 : core == 2 ? 4 : 8;
                if (stopped[core] || milliseconds() < due) continue;
                stopped[core] = true;
                be_stopped(core);
            }
        };
        collect();
        fakes::say_apart(milliseconds() < 9 ? "in time\n" : "late\n");
    });
    CHECK(apart.said == "0 stopped 4096\n1 not asked 0\n2 stopped 12288\n3 stopped 16384\nin time\n");
}

TEST_CASE("EXC08 the wait for cores that do not answer ends where the counter stands still") {
    const Apart apart = fakes::run_apart([] {
        start(2);
        collect();
    });
    CHECK(apart.said == "0 silent 0\n1 not asked 0\n2 not asked 0\n3 not asked 0\n");
}
