// SPDX-License-Identifier: MIT

#include "reference.hpp"

#include <kernel/wait/event_flags.hpp>

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

using enum EventWant::Match;
using enum EventWant::OnExit;

// --- Beside a model ------------------------------------------------------------------------------------------------

EventFlags modelled;

struct WaitForFlags {
    EventWant want;
    Result<u32> result = 0;
    void operator()(ThreadContext& self) { result = modelled.wait(self, want); }
};

u32 model_flags = 0;

// 0: not enough.
u32 model_take(const EventWant& want) {
    u32 got = model_flags & want.mask;
    if (want.match == All && got != want.mask) return 0;
    if (want.on_exit == Clear) model_flags &= ~got;
    return got;
}

EventWant any_want() { return {1 + choose(31), choose(2) == 0 ? Any : All, choose(2) == 0 ? Keep : Clear}; }

void events_like_the_model() {
    start_all();
    auto self = boot_context();
    {
        Reference<WaitForFlags> reference{self};
        for (int round = 0; round < 120; ++round) {
            switch (choose(6)) {
                case 0:
                case 1:
                case 2:
                    if (auto* worker = reference.idle()) {
                        const EventWant want = any_want();
                        reference.begin(*worker, {want});
                        if (u32 got = model_take(want); got != 0) reference.expect(*worker, Result<u32>{got});
                        else reference.queue(*worker);
                    }
                    break;
                case 3: {
                    const u32 mask = choose(32);
                    SIM_CHECK(modelled.set(mask).has_value());
                    model_flags |= mask;
                    const auto line = reference.line;
                    for (u32 number : line) {
                        auto& worker = reference.worker(number);
                        if (u32 got = model_take(worker.call.want); got != 0)
                            reference.expect(worker, Result<u32>{got});
                    }
                    break;
                }
                case 4: {
                    const u32 mask = choose(32);
                    SIM_CHECK(modelled.clear(mask).has_value());
                    model_flags &= ~mask;
                    break;
                }
                case 5:
                    if (choose(2) == 0) {
                        reference.change_a_priority();
                    } else {
                        const EventWant want = any_want();
                        const u32 got = model_take(want);
                        SIM_CHECK(modelled.try_wait(want).value_or(0) == got);
                    }
                    break;
            }
            SIM_CHECK(modelled.flags() == model_flags);
            reference.check_the_rest();
        }
        modelled.close();
        const auto line = reference.line;
        for (u32 number : line) reference.expect(reference.worker(number), Result<u32>{fail(Error::Deleted)});
    }
}

// --- Together ------------------------------------------------------------------------------------------------------

// Each flag is a thing that one thread has at a time: two of them are had at once or not at all.
constexpr u32 things = 5;
EventFlags shelf{(1u << things) - 1};
u32 user_of[things];
u32 uses = 0;

void use_two(ThreadContext& self, void* argument) {
    const u32 me = static_cast<u32>(reinterpret_cast<uptr>(argument));
    for (int round = 0; round < 12; ++round) {
        const u32 first = choose(things);
        const u32 second = (first + 1 + choose(things - 1)) % things;
        const EventWant both{1u << first | 1u << second, All, Clear};
        Result<u32> got =
            choose(2) == 0 ? shelf.wait(self, both) : shelf.wait_for(self, both, nanoseconds(choose(4000)));
        if (!got) {
            SIM_CHECK(got.error() == Error::Timeout || got.error() == Error::WouldBlock);
            continue;
        }
        SIM_CHECK(*got == both.mask);
        for (u32 thing : {first, second}) {
            SIM_CHECK(user_of[thing] == 0);
            user_of[thing] = me;
        }
        for (u32 n = choose(40); n > 0; --n) arch::sim_point();
        uses += 1;
        for (u32 thing : {first, second}) {
            SIM_CHECK(user_of[thing] == me);
            user_of[thing] = 0;
        }
        SIM_CHECK(shelf.set(both.mask).has_value());
    }
}

void flags_are_had_once() {
    start_all();
    auto self = boot_context();
    ThreadHandle threads[6];
    for (u32 n = 0; n < 6; ++n)
        threads[n] = must_spawn("user", static_cast<u8>(10 + choose(8)), use_two, reinterpret_cast<void*>(uptr{n + 1}));
    for (ThreadHandle thread : threads) must_join(self, thread);
    SIM_CHECK(uses > 0 && shelf.flags() == (1u << things) - 1);
}

// More waiters than one step looks at, and the flag is taken away at about the moment at which it is set.
EventFlags pulse;
u32 blocked = 0;
u32 pulsed = 0;

void wait_for_pulse(ThreadContext& self, void*) {
    blocked += 1;
    SIM_CHECK(pulse.wait(self, {1, Any, Keep}) == Result<u32>{1});
    pulsed += 1;
}

void end_pulse(ThreadContext&, void*) {
    for (u32 n = choose(300); n > 0; --n) arch::sim_point();
    SIM_CHECK(pulse.clear(1).has_value());
}

void a_set_is_one_moment() {
    start_all();
    auto self = boot_context();
    SIM_CHECK(set_priority(current(), 20).has_value());
    ThreadHandle waiters[20];
    for (ThreadHandle& waiter : waiters)
        waiter = must_spawn("waiter", static_cast<u8>(22 + choose(4)), wait_for_pulse, nullptr);
    for (ThreadHandle waiter : waiters)
        while (waiter.record()->state != ThreadState::Blocked) arch::sim_point();
    SIM_CHECK(blocked == 20 && pulsed == 0);
    ThreadHandle ender = must_spawn("ender", 21, end_pulse, nullptr, 0b1110);
    for (u32 n = choose(100); n > 0; --n) arch::sim_point();
    // One that changes its place meanwhile is not passed over.
    SIM_CHECK(set_priority(waiters[choose(20)], static_cast<u8>(22 + choose(4))).has_value());
    SIM_CHECK(pulse.set(1).has_value());
    for (ThreadHandle waiter : waiters) must_join(self, waiter);
    must_join(self, ender);
    SIM_CHECK(pulsed == 20);
}

void move_waiters(ThreadContext&, void* argument) {
    auto* waiters = static_cast<ThreadHandle*>(argument);
    for (int n = 0; n < 10; ++n) {
        static_cast<void>(set_priority(waiters[choose(20)], static_cast<u8>(22 + choose(4))));
        for (u32 wait = choose(40); wait > 0; --wait) arch::sim_point();
    }
}

void priorities_change_meanwhile() {
    start_all();
    auto self = boot_context();
    SIM_CHECK(set_priority(current(), 20).has_value());
    ThreadHandle waiters[20];
    for (ThreadHandle& waiter : waiters)
        waiter = must_spawn("waiter", static_cast<u8>(22 + choose(4)), wait_for_pulse, nullptr);
    for (ThreadHandle waiter : waiters)
        while (waiter.record()->state != ThreadState::Blocked) arch::sim_point();
    ThreadHandle mover = must_spawn("mover", 30, move_waiters, waiters, 0b1110);
    for (u32 n = choose(200); n > 0; --n) arch::sim_point();
    SIM_CHECK(pulse.set(1).has_value());
    for (ThreadHandle waiter : waiters) must_join(self, waiter);
    must_join(self, mover);
    SIM_CHECK(pulsed == 20);
}

}  // namespace

TEST_CASE("EVT01 event flags do what a model of them does, at random") {
    CHECK(run_seeds("EVT01", 100, {}, events_like_the_model));
}
TEST_CASE("EVT02 a set is one moment for all its waiters, whoever clears meanwhile") {
    CHECK(run_seeds("EVT02 a set", 150, {.hold_one_in = 60}, a_set_is_one_moment));
}
TEST_CASE("EVT03 a waiter whose priority changes during a set is not passed over") {
    CHECK(run_seeds("EVT03", 150, {.hold_one_in = 60}, priorities_change_meanwhile));
}
TEST_CASE("EVT04 a flag that is cleared by who gets it is had by one at a time") {
    CHECK(run_seeds("EVT04", 100, {}, flags_are_had_once));
}
