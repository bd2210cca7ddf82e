// SPDX-License-Identifier: MIT
//
// Ending a thread from outside, in every state that it can be in: the lists that it was in are right afterwards, what it
// owned is somebody else's by the rule, and its stack comes back. That no thread is lost, whatever comes in between,
// is the simulation's to show (tests/sim/control_sim.cpp).

#include "victim.hpp"

#include <kernel/thread/stop_token.hpp>
#include <kernel/thread/thread_control.hpp>
#include <kernel/thread/thread_locals.hpp>
#include <kernel/wait/condition.hpp>
#include <kernel/wait/mutex.hpp>
#include <mm/memory.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

constexpr ThreadOptions above{.name = "victim", .priority = test_priority + 1, .affinity = 1};
constexpr ThreadOptions below{.name = "victim", .priority = test_priority - 1, .affinity = 1};
constexpr ThreadOptions elsewhere{.name = "victim", .priority = test_priority, .affinity = 2};

}  // namespace

SELFTEST("SCH05", "a thread is terminated before it begins, ready, running here and elsewhere, and asleep") {
    TestFlow flow;
    Victim fresh{run, flow, below, [](ThreadContext&) {}};
    EXPECT(fresh.end());
    // It has run, and waits for its turn in the middle of a loop.
    u32 turns = 0;
    Victim ready{run, flow, below, [&](ThreadContext& self) {
                     for (;; yield(self)) turns += 1;
                 }};
    while (turns == 0) sleep_for(flow.self, milliseconds(1));
    EXPECT(ready.end());
    auto itself = spawn(
        above,
        [](ThreadContext& self, void*) {
            static_cast<void>(terminate(self, self.handle()));
            check(false, "a thread that terminates itself does not go on");
        },
        nullptr);
    REQUIRE(itself.has_value());
    Result<ThreadEnd> end = join_end(flow.self, *itself);
    EXPECT(end.has_value() && end->terminated);
    Victim sleeper{run, flow, above, [](ThreadContext& self) { sleep_for(self, seconds(3600)); }};
    EXPECT(sleeper.end());
    if (!irq::core_started(1)) return;
    arch::Atomic<u32> rounds{0};
    Victim runner{run, flow, elsewhere, [&](ThreadContext& self) {
                      for (;; safe_point(self)) rounds.fetch_add(1, arch::Order::Relaxed);
                  }};
    EXPECT(comes_true([&] { return rounds.load(arch::Order::Relaxed) != 0; }));
    EXPECT(runner.end());
    u32 last = rounds.load(arch::Order::Relaxed);
    sleep_for(flow.self, milliseconds(2));
    EXPECT_EQ(rounds.load(arch::Order::Relaxed), last);
}

SELFTEST("SCH05", "a thread is terminated while it waits for a semaphore, a condition or another thread's end") {
    TestFlow flow;
    Semaphore semaphore;
    Victim taker{run, flow, above, [&](ThreadContext& self) { static_cast<void>(semaphore.take(self)); }};
    Victim timed{run, flow, above,
                 [&](ThreadContext& self) { static_cast<void>(semaphore.take_for(self, seconds(3600))); }};
    EXPECT(taker.end());
    EXPECT(timed.end());
    EXPECT(semaphore.give().has_value());
    EXPECT_EQ(semaphore.count(), 1);
    Mutex mutex;
    Condition condition;
    Victim waiter{run, flow, above, [&](ThreadContext& self) {
                      static_cast<void>(mutex.lock(self));
                      static_cast<void>(condition.wait(self, mutex));
                  }};
    EXPECT(waiter.end());
    // It had given the mutex back, and did not take it again.
    EXPECT(mutex.try_lock(flow.self).has_value());
    condition.signal();
    EXPECT(mutex.unlock(flow.self).has_value());
    TestThread other{run, flow, above, [&](ThreadContext& self) { EXPECT(semaphore.take(self).has_value()); }};
    EXPECT(semaphore.give().has_value());
    TestThread held{run, flow, above, [&](ThreadContext& self) {
                        EXPECT(semaphore.take(self).has_value());
                        EXPECT(semaphore.take(self).has_value());
                    }};
    ThreadHandle target = held.handle;
    Victim joiner{run, flow, above, [&](ThreadContext& self) { static_cast<void>(join(self, target)); }};
    EXPECT(join(flow.self, target, milliseconds(1)) == Status{fail(Error::Busy)});
    EXPECT(joiner.end());
    // The handle is anybody's again.
    EXPECT(join(flow.self, target, milliseconds(1)) == Status{fail(Error::Timeout)});
    EXPECT(semaphore.give().has_value());
}

SELFTEST("SCH05", "a thread is terminated while it waits for a mutex, or owns one: who is next is told") {
    TestFlow flow;
    Mutex mutex;
    EXPECT(mutex.lock(flow.self).has_value());
    Victim waiter{run, flow, above, [&](ThreadContext& self) { static_cast<void>(mutex.lock(self)); }};
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority + 1);
    EXPECT(waiter.end());
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority);
    EXPECT(mutex.unlock(flow.self).has_value());
    EXPECT(mutex.try_lock(flow.self).has_value());
    EXPECT(mutex.unlock(flow.self).has_value());
    // An owner, with nobody waiting, then with somebody.
    auto own = [&](ThreadContext& self) {
        static_cast<void>(mutex.lock(self));
        sleep_for(self, seconds(3600));
    };
    Victim alone{run, flow, above, own};
    EXPECT(alone.end());
    EXPECT(mutex.try_lock(flow.self) == Status{fail(Error::OwnerDead)});
    EXPECT(mutex.unlock(flow.self).has_value());
    Victim wanted{run, flow, above, own};
    Status told{};
    TestThread next{
        run, flow, {.name = "next", .priority = test_priority + 2, .affinity = 1}, [&](ThreadContext& self) {
            told = mutex.lock(self);
            EXPECT(mutex.unlock(self).has_value());
        }};
    EXPECT(wanted.end());
    EXPECT(told == Status{fail(Error::OwnerDead)});
    next.join();
    // What is guarded is done before its thread ends.
    Semaphore gate;
    u32 done = 0;
    Victim guarded{run, flow, above, [&](ThreadContext& self) {
                       {
                           MutexGuard guard{mutex, self};
                           EXPECT(gate.take(self).has_value());
                           done += 1;
                       }
                       done += 2;
                       yield(self);
                       done += 4;
                   }};
    EXPECT(terminate(flow.self, guarded.handle).has_value());
    EXPECT_EQ(done, 0u);
    EXPECT(gate.give().has_value());
    EXPECT_EQ(done, 3u);
    EXPECT(guarded.end());
    EXPECT(mutex.try_lock(flow.self).has_value());
    EXPECT(mutex.unlock(flow.self).has_value());
}

SELFTEST("SCH05", "a suspended thread is terminated, a detached one too, and no frame is lost") {
    TestFlow flow;
    Semaphore never;
    u32 turns = 0;
    auto wait = [&](ThreadContext& self) { static_cast<void>(never.take(self)); };
    auto turn = [&](ThreadContext& self) {
        for (;; yield(self)) turns += 1;
    };
    {
        Victim blocked{run, flow, above, wait};
        EXPECT(suspend(flow.self, blocked.handle).has_value());
        EXPECT(suspend(flow.self, blocked.handle).has_value());
        EXPECT(blocked.end());
        Victim ready{run, flow, below, turn};
        while (turns == 0) sleep_for(flow.self, milliseconds(1));
        EXPECT(suspend(flow.self, ready.handle).has_value());
        EXPECT(ready.end());
        Victim asked{run, flow, below, turn};
        EXPECT(terminate(flow.self, asked.handle).has_value());
        EXPECT(suspend(flow.self, asked.handle) == Status{fail(Error::Deleted)});
        EXPECT(asked.end());
    }
    u64 before = mm::kernel_frames.stats().free_frames;
    for ([[maybe_unused]] u64 n : run.rounds(100'000)) {
        Victim waiter{run, flow, above, wait};
        EXPECT(waiter.end());
        Victim detached{run, flow, above, wait};
        EXPECT(detach(detached.handle).has_value());
        EXPECT(terminate(flow.self, detached.handle).has_value());
        EXPECT(terminate(flow.self, detached.handle) == Status{fail(Error::Invalid)});
    }
    // One record and stack more than before, where the first round made them.
    EXPECT(before - mm::kernel_frames.stats().free_frames <= 16);
    EXPECT_EQ(never.count(), 0);
}

SELFTEST("SCH06", "join gives what the thread ended with, before its end and after it") {
    TestFlow flow;
    Semaphore gate;
    static u32 value;
    auto leave = [](ThreadContext& self, void* gate_of) {
        static_cast<void>(static_cast<Semaphore*>(gate_of)->take(self));
        exit_thread(self, &value);
    };
    auto early = spawn(above, leave, &gate);
    auto late = spawn(above, leave, &gate);
    auto plain = spawn(above, [](ThreadContext&, void*) {}, nullptr);
    REQUIRE(early.has_value() && late.has_value() && plain.has_value());
    EXPECT(gate.give().has_value());
    Result<ThreadEnd> ended = join_end(flow.self, *early);
    EXPECT(ended.has_value() && ended->value == &value && !ended->terminated);
    EXPECT(join_end(flow.self, *late, milliseconds(1)).error() == Error::Timeout);
    TestThread giver{run, flow, below, [&](ThreadContext&) { EXPECT(gate.give().has_value()); }};
    ended = join_end(flow.self, *late);
    EXPECT(ended.has_value() && ended->value == &value && !ended->terminated);
    ended = join_end(flow.self, *plain);
    EXPECT(ended.has_value() && ended->value == nullptr && !ended->terminated);
}

SELFTEST("SCH06", "a stop request is seen by the token, and ends the waits of a thread that asked for that") {
    TestFlow flow;
    Semaphore never;
    Semaphore gate;
    Mutex mutex;
    Condition condition;
    u32 seen = 0;
    auto note = [&](u32 bit, bool holds) { seen |= holds ? bit : 0; };
    TestThread polite{run, flow, above, [&](ThreadContext& self) {
                          StopToken token = stop_token(self);
                          note(1, !token.stop_requested() && token.stop_possible());
                          // It did not ask for it: the wait lasts.
                          note(2, gate.take(self).has_value());
                          note(4, token.stop_requested());
                          StopEndsWaits ends{self};
                          note(8, never.take(self) == Status{fail(Error::Aborted)});
                          Instant before = now();
                          sleep_for(self, seconds(3600));
                          note(16, between(before, now()) < seconds(3000));
                          note(32, mutex.lock(self).has_value());
                          note(64, condition.wait(self, mutex) == Status{fail(Error::Aborted)});
                          note(128, mutex.owned_by(self.thread()) && mutex.unlock(self).has_value());
                          WaitsKept kept{self};
                          note(256, never.take_for(self, milliseconds(1)) == Status{fail(Error::Timeout)});
                      }};
    StopToken token{polite.handle};
    EXPECT(!token.stop_requested() && !StopToken{}.stop_requested() && !StopToken{}.stop_possible());
    EXPECT(request_stop(polite.handle).has_value());
    EXPECT(token.stop_requested());
    EXPECT(gate.give().has_value());
    polite.join();
    EXPECT_EQ(seen, 511u);
    EXPECT(token.stop_requested());
    // One that waits already.
    Status ended{};
    TestThread waiting{run, flow, above, [&](ThreadContext& self) {
                           StopEndsWaits ends{self};
                           ended = never.take(self);
                       }};
    EXPECT(request_stop(waiting.handle).has_value());
    EXPECT(ended == Status{fail(Error::Aborted)});
    waiting.join();
    EXPECT(request_stop(waiting.handle) == Status{fail(Error::Invalid)});
}

namespace {

LocalKey first_key;
u32 destroyed = 0;

// Sets a value again, as often as it is asked.
void destroy_and_set(ThreadContext& self, void* value) noexcept {
    destroyed += 1;
    sleep_for(self, microseconds(10));
    static_cast<void>(set_local(self, first_key, value));
}

}  // namespace

SELFTEST("SCH06",
         "thread-local values: each thread's own, destroyed at its end in so many rounds, stale keys refused") {
    TestFlow flow;
    auto key = make_local(destroy_and_set);
    REQUIRE(key.has_value());
    first_key = *key;
    destroyed = 0;
    static u32 mine;
    static u32 other;
    EXPECT(set_local(flow.self, first_key, nullptr).has_value());
    {
        TestThread a{run, flow, above, [&](ThreadContext& self) {
                         EXPECT(local(self, first_key) == nullptr);
                         EXPECT(set_local(self, first_key, &other).has_value());
                         EXPECT(local(self, first_key) == &other);
                     }};
    }
    EXPECT_EQ(destroyed, local_rounds);
    EXPECT(local(flow.self, first_key) == nullptr);
    // Of a terminated thread too; it may wait in there.
    destroyed = 0;
    Victim ended{run, flow, above, [&](ThreadContext& self) {
                     EXPECT(local(self, first_key) == nullptr);
                     EXPECT(set_local(self, first_key, &other).has_value());
                     sleep_for(self, seconds(3600));
                 }};
    EXPECT(ended.end());
    EXPECT_EQ(destroyed, local_rounds);
    // All of them, and no more.
    LocalKey keys[local_slots];
    u32 count = 0;
    for (; count < local_slots; ++count) {
        auto more = make_local();
        if (!more.has_value()) break;
        keys[count] = *more;
    }
    EXPECT(make_local().error() == Error::NoMemory);
    EXPECT(count != 0 && set_local(flow.self, keys[0], &mine).has_value());
    EXPECT(local(flow.self, keys[0]) == &mine);
    for (u32 n = 0; n < count; ++n) EXPECT(drop_local(keys[n]).has_value());
    EXPECT(drop_local(first_key).has_value());
    EXPECT(drop_local(first_key) == Status{fail(Error::Invalid)});
    EXPECT(set_local(flow.self, first_key, &mine) == Status{fail(Error::Invalid)});
    EXPECT(set_local(flow.self, {local_slots, 1}, &mine) == Status{fail(Error::Invalid)});
    EXPECT(local(flow.self, {local_slots, 1}) == nullptr);
    // The next key of a slot does not find what the last one left there.
    for (u32 n = 0; n < local_slots; ++n) {
        auto again = make_local();
        if (!again.has_value()) break;
        keys[n] = *again;
        count = n + 1;
        EXPECT(local(flow.self, *again) == nullptr);
    }
    for (u32 n = 0; n < count; ++n) EXPECT(drop_local(keys[n]).has_value());
}
