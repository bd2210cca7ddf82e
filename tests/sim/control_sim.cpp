// SPDX-License-Identifier: MIT
//
// Threads that do anything while others let them stand still, ask them to stop, and end them: on four cores, held
// against what must hold whatever happens. Nobody is lost, nobody who stands still goes on, and nobody ends in a
// stretch that forbids it.

#include "threads.hpp"
#include "who_must_run.hpp"

#include <kernel/thread/safe_point.hpp>
#include <kernel/thread/stop_token.hpp>
#include <kernel/thread/thread_control.hpp>
#include <kernel/thread/thread_locals.hpp>
#include <kernel/thread/thread_statistics.hpp>
#include <kernel/wait/condition.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/wait/semaphore.hpp>

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 victim_count = 6;

struct Victim {
    ThreadHandle handle;
    u32 steps = 0;       // what it has done
    u32 suspensions = 0;
    bool begun = false;
    bool kept = false;   // it is in a stretch in which it is not ended
    bool aborted = false;
    bool to_end = false;
    bool to_stop = false;
    ThreadHandle child;
    u32 left = 0;  // values that its destructor saw
};

Victim victims[victim_count];
Semaphore units{2, 2000};
Semaphore never{0};
Mutex mutex;
Condition condition;
LocalKey key;

void destroy(ThreadContext& self, void* value) noexcept {
    sleep_for(self, nanoseconds(choose(500)));  // it may wait, whatever was asked of it
    static_cast<Victim*>(value)->left += 1;
}

// Whether `status` may be what it is: a wait is aborted only where the thread asked for that.
void expect_lasting(Status status) { SIM_CHECK(status.has_value() || status.error() != Error::Aborted); }

void own_for_a_while(ThreadContext& self, Victim& me) {
    Status locked = mutex.lock_for(self, nanoseconds(1 + choose(6000)));
    expect_lasting(locked);
    if (!locked.has_value() && locked.error() != Error::OwnerDead) return;
    if (choose(2) == 0) yield(self);
    if (choose(3) == 0) {
        Status waited = condition.wait_for(self, mutex, nanoseconds(1 + choose(3000)));
        SIM_CHECK(mutex.owned_by(self.thread()));
        expect_lasting(waited);
    }
    me.steps += 1;
    SIM_CHECK(mutex.unlock(self).has_value());
    condition.signal();
}

void wait_as_asked(ThreadContext& self, Victim& me) {
    StopToken token = stop_token(self);
    StopEndsWaits ends{self};
    Status taken = never.take_for(self, nanoseconds(1 + choose(5000)));
    SIM_CHECK(!taken.has_value());
    if (taken.error() == Error::Aborted) SIM_CHECK(token.stop_requested());
    me.aborted |= taken.error() == Error::Aborted;
    if (!mutex.try_lock(self).has_value()) return;
    // Aborted or not, the mutex is owned again.
    if (condition.wait_for(self, mutex, nanoseconds(1 + choose(3000))) == Status{fail(Error::Aborted)})
        SIM_CHECK(token.stop_requested());
    SIM_CHECK(mutex.unlock(self).has_value());
}

void be_a_child(ThreadContext& self, void*) {
    if (choose(2) == 0) sleep_for(self, nanoseconds(choose(2000)));
}

void live(ThreadContext& self, void* argument) {
    Victim& me = *static_cast<Victim*>(argument);
    me.begun = true;
    SIM_CHECK(set_local(self, key, &me).has_value());
    for (u32 round = 0; round < 40; ++round) {
        me.steps += 1;
        switch (choose(8)) {
            case 0: yield(self); break;
            case 1: sleep_for(self, nanoseconds(choose(3000))); break;
            case 2: {
                Status taken = units.take_for(self, nanoseconds(choose(4000)));
                expect_lasting(taken);
                if (taken.has_value()) SIM_CHECK(units.give().has_value());
                break;
            }
            case 3: own_for_a_while(self, me); break;
            case 4: wait_as_asked(self, me); break;
            case 5: {
                WaitsKept kept{self};
                me.kept = true;
                StopEndsWaits ends{self};
                SIM_CHECK(never.take_for(self, nanoseconds(1 + choose(3000))) == Status{fail(Error::Timeout)});
                safe_point(self);
                yield(self);
                me.kept = false;
                break;
            }
            case 6: {
                // A joiner that is ended leaves the handle to others.
                auto spawned =
                    spawn({.name = "child", .priority = static_cast<u8>(8 + choose(16))}, be_a_child, nullptr);
                if (!spawned.has_value()) break;
                me.child = *spawned;
                if (join(self, me.child).has_value()) me.child = {};
                break;
            }
            case 7:
                for (u32 n = choose(60); n > 0; --n) arch::sim_point();
                break;
        }
    }
}

void suspend_it(ThreadContext& self, Victim& victim) {
    Status suspended = suspend(self, victim.handle);
    if (!suspended.has_value()) {
        SIM_CHECK(suspended.error() == Error::Invalid || (victim.to_end && suspended.error() == Error::Deleted));
        return;
    }
    victim.suspensions += 1;
    // Whatever wakes it meanwhile, and whatever it was about to do, it stands still.
    u32 steps = victim.steps;
    for (u32 n = choose(300); n > 0; --n) arch::sim_point();
    if (choose(3) == 0) condition.broadcast();
    if (choose(3) == 0) sleep_for(self, nanoseconds(choose(5000)));
    SIM_CHECK(victim.steps == steps);
}

void resume_it(Victim& victim) {
    Status resumed = resume(victim.handle);
    if (victim.suspensions != 0 && resumed.has_value()) victim.suspensions -= 1;
    else if (!victim.to_end) SIM_CHECK(resumed == Status{fail(Error::Invalid)});
}

void control_at_random() {
    at_rest = check_who_runs;
    start_all();
    auto self = boot_context();
    auto made = make_local(destroy);
    SIM_CHECK(made.has_value());
    key = *made;
    SIM_CHECK(set_priority(current(), 20).has_value());
    // Joins among each other are refused or time out: the handles are this flow's to give back.
    for (Victim& victim : victims) victim.handle = must_spawn("victim", static_cast<u8>(8 + choose(16)), live, &victim);
    for (u32 n = 0; n < 60; ++n) {
        Victim& victim = victims[choose(victim_count)];
        switch (choose(8)) {
            case 0:
            case 1:
                if (victim.suspensions < 3) suspend_it(self, victim);
                break;
            case 2:
            case 3: resume_it(victim); break;
            case 4:
                if (choose(4) != 0) break;
                SIM_CHECK(terminate(self, victim.handle).has_value());
                victim.to_end = true;
                victim.suspensions = 0;
                break;
            case 5:
                if (choose(3) != 0) break;
                SIM_CHECK(request_stop(victim.handle).has_value());
                victim.to_stop = true;
                break;
            case 6: (void)set_priority(victim.handle, static_cast<u8>(8 + choose(16))); break;
            case 7: (void)set_affinity(victim.handle, 1 + choose(15)); break;
        }
        SIM_CHECK(statistics_of(victim.handle).has_value());
        sleep_for(self, nanoseconds(choose(3000)));
    }
    for (Victim& victim : victims) {
        while (resume(victim.handle).has_value()) {}
    }
    for (Victim& victim : victims) {
        Result<ThreadEnd> end = join_end(self, victim.handle);
        SIM_CHECK(end.has_value());
        SIM_CHECK(!end->terminated || victim.to_end);
        SIM_CHECK(!end->terminated || !victim.kept);
        SIM_CHECK(end->terminated || victim.steps >= 40);
        SIM_CHECK(!victim.aborted || victim.to_stop || victim.to_end);
        SIM_CHECK(victim.left == (victim.begun ? 1u : 0u) || (end->terminated && victim.steps == 0));
        SIM_CHECK(suspend(self, victim.handle) == Status{fail(Error::Invalid)});
    }
    for (Victim& victim : victims) {
        if (!victim.child.empty()) SIM_CHECK(join(self, victim.child).has_value());
    }
    Status last = mutex.lock(self);
    SIM_CHECK(last.has_value() || last.error() == Error::OwnerDead);
    SIM_CHECK(mutex.unlock(self).has_value());
    SIM_CHECK(drop_local(key).has_value());
    u32 live_ones = 0;
    for_each_thread([&](const ThreadInfo& info) {
        live_ones += info.idle ? 0 : 1;
        SIM_CHECK(info.priority == info.base_priority);
    });
    SIM_CHECK(live_ones == 1);
}

// Two that suspend each other at the same moment both stand still, and a third lets them go on.
ThreadHandle pair[2];
u32 returned = 0;

void suspend_the_other(ThreadContext& self, void* other) {
    while (pair[0].empty() || pair[1].empty()) arch::sim_point();
    Status suspended = suspend(self, *static_cast<ThreadHandle*>(other));
    SIM_CHECK(suspended.has_value() || returned == 1);
    returned += 1;
}

void suspend_each_other() {
    start_all();
    auto self = boot_context();
    for (u32 core = 1; core < max_cores; ++core) SIM_CHECK(await_core(core, seconds(1)));
    for (u32 n = 0; n < 2; ++n)
        pair[n] = must_spawn("pair", default_priority + 1, suspend_the_other, &pair[1 - n], 2u << n);
    // Each needs one resume at most: the other has suspended it once.
    while (returned < 2) {
        sleep_for(self, nanoseconds(choose(3000)));
        for (ThreadHandle thread : pair) (void)resume(thread);
    }
    for (ThreadHandle thread : pair) {
        (void)resume(thread);
        must_join(self, thread);
    }
}

// A wait that is about to begin, that has begun, or that is over: the request ends it, and no second one is needed.
void ended_in_its_wait() {
    start_all();
    auto self = boot_context();
    auto wait = [](ThreadContext& waiter, void*) {
        for (u32 n = choose(30); n > 0; --n) arch::sim_point();
        SIM_CHECK(!never.take(waiter).has_value());
        SIM_CHECK(false);
    };
    for (u32 n = 0; n < 12; ++n) {
        ThreadHandle waiter = must_spawn("waiter", static_cast<u8>(14 + choose(4)), wait, nullptr);
        for (u32 points = choose(120); points > 0; --points) arch::sim_point();
        SIM_CHECK(terminate(self, waiter).has_value());
        Result<ThreadEnd> end = join_end(self, waiter);
        SIM_CHECK(end.has_value() && end->terminated);
    }
    SIM_CHECK(never.count() == 0 && never.give().has_value() && never.count() == 1);
}

}  // namespace

TEST_CASE("SCH05 suspend, resume, terminate and stop at random: no thread is lost") {
    CHECK(run_seeds("SCH05 suspend", 80, {}, control_at_random));
}
TEST_CASE("SCH05 a wait that begins while its thread is terminated ends") {
    CHECK(run_seeds("SCH05 a wait", 80, {}, ended_in_its_wait));
}
TEST_CASE("B5 two threads that suspend each other both stand still") {
    CHECK(run_seeds("B5", 60, {}, suspend_each_other));
}
