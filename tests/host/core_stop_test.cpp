// SPDX-License-Identifier: MIT
//
// Stopping the other cores, for good or until they are released: each case has a process of its own. A core that stands for good is one
// that the test leaves by its halt; while one stands until it is released, the others go on where it looks at the machine.

#include "../fakes/apart.hpp"

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <arch/sim_point.hpp>
#include <arch/stop.hpp>
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

bool quiet = false;

// What is sent is said, unless the case is about something else.
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
        if (quiet) return;
        fakes::say_apart("sgi " + std::to_string(id) + " to " + std::to_string(core) + "\n");
    }
};

// Cores below `count` take interrupts; this one is core 1.
void start(u32 count) {
    static SayingController controller;
    static Core cores[max_cores];
    irq::start(controller, 0);
    for (u32 core = 0; core < count; ++core) {
        arch::sim_core_id = core;
        arch::IrqsMasked masked;
        cores[core].become(core);
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

arch::FaultFrame frame_at(uptr pc) {
    arch::FaultFrame frame{};
    frame.elr = pc;
    return frame;
}

// Asked for good by core 1, core by core where they come one by one.
void ask_quietly(Hold hold) {
    quiet = true;
    ask_to_stop(1, hold);
}

void be_stopped(u32 core) {
    as_core(core, [] {
        arch::sim_interrupted_pc = 0x1000 * (arch::sim_core_id + 1);
        IrqContext context{Unsafe{"the test plays vectors.S"}, 1, nullptr};
        quartet_stop_entry(context);
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
        ask_quietly(Hold::ForGood);
        be_stopped(0);
        as_core(2, [] {
            arch::FaultFrame frame = frame_at(0x2222);
            stop_after_fault(2, frame);
        });
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
        ask_quietly(Hold::ForGood);
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

namespace {

void say(const char* what, u64 value) { fakes::say_apart(what + std::to_string(value) + "\n"); }

// Each look at the machine takes 10 us.
void pass_time() {
    arch::sim_hook = []() noexcept { arch::sim_counter += sync::counter_hertz() / 100'000; };
}

// Core 2 takes the stop interrupt, and stands until it is released: `meanwhile` is what core 1 does where core 2 looks at
// the machine for the second time, so that it has answered.
void stand_while(void (*meanwhile)()) {
    static void (*act)();
    static int looks;
    act = meanwhile;
    looks = 0;
    pass_time();
    arch::sim_spin_hook = []() noexcept {
        if (++looks != 2) return;
        arch::sim_core_id = 1;
        act();
        arch::sim_core_id = 2;
    };
    arch::sim_core_id = 2;
    arch::sim_interrupted_pc = 0x3000;
    arch::sim_interrupted.x[5] = 55;
    arch::sim_interrupted.sp = 0x7000;
    IrqContext context{Unsafe{"the test plays vectors.S"}, 1, nullptr};
    quartet_stop_entry(context);
    arch::sim_core_id = 1;
    arch::sim_spin_hook = nullptr;
}

}  // namespace

TEST_CASE(
    "EXC08 a core that stands shows all registers, goes on with those that were changed, and can be stopped again") {
    const Apart apart = fakes::run_apart([] {
        start(4);
        APART_CHECK(hold_cores(1));
        APART_CHECK(!hold_cores(3));
        APART_CHECK(cores_held_by() == 1);
        ask_quietly(Hold::UntilReleased);
        stand_while([] {
            const StoppedAt at = stopped_frame(2);
            APART_CHECK(at.how == StoppedCore::How::Stopped);
            APART_CHECK(at.frame->elr == 0x3000 && at.frame->sp == 0x7000 && at.frame->x[5] == 55);
            at.frame->elr = 0x3004;
            at.frame->x[5] = 56;
            release_cores(1);
        });
        say("pc ", arch::sim_interrupted_pc);
        say("x5 ", arch::sim_interrupted.x[5]);
        APART_CHECK(stopped_frame(2).frame == nullptr);
        APART_CHECK(cores_held_by() == max_cores);
        APART_CHECK(hold_cores(3));
        APART_CHECK(stopped_frame(max_cores).frame == nullptr);
    });
    CHECK(apart.end == Apart::End::Returned);
    CHECK(apart.said == "pc 12292\nx5 56\n");
}

TEST_CASE("EXC08 a core that comes when it has been released already goes on at once") {
    const Apart apart = fakes::run_apart([] {
        start(4);
        APART_CHECK(hold_cores(1));
        ask_quietly(Hold::UntilReleased);
        release_cores(1);
        stand_while([] { fakes::say_apart("it stands\n"); });
        fakes::say_apart("it goes on\n");
    });
    CHECK(apart.said == "it goes on\n");
}

TEST_CASE("EXC08 a core that stands does what it is asked, and one that does not stand is not waited for") {
    const Apart apart = fakes::run_apart([] {
        start(4);
        APART_CHECK(hold_cores(1));
        ask_quietly(Hold::UntilReleased);
        static StandingWork work = [](arch::FaultFrame& frame, void* argument) noexcept {
            say("at ", frame.elr);
            say("asked ", *static_cast<u64*>(argument));
            say("on core ", arch::sim_core_id);
        };
        static u64 argument = 7;
        APART_CHECK(!do_standing(3, work, &argument));
        // Core 2 looks between our question and our look at the answer.
        stand_while([] {
            arch::sim_spin_hook = nullptr;
            APART_CHECK(!do_standing(2, work, &argument));  // it has no time
            arch::sim_spin_hook = []() noexcept {
                arch::sim_spin_hook = nullptr;
                release_cores(1);
            };
        });
    });
    CHECK(apart.said == "at 12288\nasked 7\non core 2\n");
}

TEST_CASE("EXC08 one core goes on while the others stand, and stands again at its next exception") {
    const Apart apart = fakes::run_apart([] {
        start(4);
        APART_CHECK(hold_cores(1));
        ask_quietly(Hold::UntilReleased);
        stand_while([] { release_core(2, Hold::Once); });
        fakes::say_apart("one step\n");
        static arch::FaultFrame frame = frame_at(0x3004);
        arch::sim_spin_hook = []() noexcept {
            const StoppedAt at = stopped_frame(2);
            APART_CHECK(at.how == StoppedCore::How::Faulted && at.frame == &frame);
            fakes::say_apart("it stands\n");
            arch::sim_spin_hook = nullptr;
            release_cores(1);
        };
        APART_CHECK(stand_by(2, frame));
        fakes::say_apart("it goes on\n");
        // Nobody holds them: whoever comes to an exception now does not wait. Nor if a holder comes who has not asked yet.
        APART_CHECK(!stand_by(2, frame));
        APART_CHECK(hold_cores(3));
        APART_CHECK(!stand_by(2, frame));
    });
    CHECK(apart.said == "one step\nit stands\nit goes on\n");
}

TEST_CASE("EXC08 a core that stands until it is released stands for good where a fault is reported") {
    const Apart apart = fakes::run_apart([] {
        start(4);
        APART_CHECK(hold_cores(1));
        ask_quietly(Hold::UntilReleased);
        fakes::until_halt([] {
            stand_while([] {
                ask_to_stop(1);
                release_cores(1);
                ask_to_stop(1);
            });
            fakes::say_apart("it goes on\n");
        });
        arch::sim_core_id = 1;
        arch::sim_spin_hook = nullptr;
        collect();
    });
    CHECK(apart.said == "0 silent 0\n1 not asked 0\n2 stopped 12288\n3 silent 0\n");
}
