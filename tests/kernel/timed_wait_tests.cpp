// SPDX-License-Identifier: MIT
//
// Waits with a time limit at their limits: how late they are, what happens when the time is over at the moment of a
// signal or while another thread has the mutex, and sleeps that last for ever.

#include "victim.hpp"

#include <kernel/thread/stop_token.hpp>
#include <kernel/time/counted_time.hpp>
#include <kernel/wait/condition.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr ThreadOptions above{.name = "above", .priority = test_priority + 1, .affinity = 1};

// All that `Duration` can say, but for ever.
constexpr Duration largest{Duration::forever().ns - 1};

}  // namespace

SELFTEST("SEM01", "at the largest count one more is refused and nothing is lost; below it there is room for one") {
    TestFlow flow;
    Semaphore full{Semaphore::largest};
    EXPECT(full.give() == Status{fail(Error::Busy)});
    EXPECT(full.give() == Status{fail(Error::Busy)});
    EXPECT_EQ(full.count(), Semaphore::largest);
    EXPECT(full.take(flow.self).has_value());
    EXPECT_EQ(full.count(), Semaphore::largest - 1);
    EXPECT(full.give().has_value());
    EXPECT(full.give() == Status{fail(Error::Busy)});
    EXPECT_EQ(full.count(), Semaphore::largest);
    EXPECT(full.try_take() && full.take_for(flow.self, Duration::zero()).has_value());
    EXPECT_EQ(full.count(), Semaphore::largest - 2);
    // By a ceiling of its own, which is the largest number too.
    Semaphore one_less{Semaphore::largest - 1, Semaphore::largest};
    EXPECT(one_less.give().has_value());
    EXPECT(one_less.give() == Status{fail(Error::Busy)});
    EXPECT_EQ(one_less.count(), Semaphore::largest);
}

SELFTEST("CND03", "a timed wait of any length is not early, and where time is counted not late by more than a tick") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    const Duration tick{1'000'000'000 / ticks_per_second};
    Mutex mutex;
    Condition condition;
    MutexGuard guard{mutex, flow.self};
    for (Duration time :
         {nanoseconds(1), microseconds(1), microseconds(999), milliseconds(1), milliseconds(7), milliseconds(50)}) {
        const Instant due = after(now(), time);
        EXPECT(condition.wait_for(flow.self, mutex, time) == Status{fail(Error::Timeout)});
        const Instant woken = now();
        EXPECT(mutex.owned_by(flow.self.thread()));
        EXPECT(woken >= due);
        if (counted) EXPECT(woken <= after(due, tick));
    }
}

SELFTEST("CND03",
         "a signal and the end of the time at the same moment have one result, with the mutex held after both") {
    if (!irq::core_started(1)) SKIP("core 1 does not run threads");
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    Mutex mutex;
    Condition condition;
    const u64 rounds = run.scaled(2'000'000, counted ? 1000 : 5000);
    u64 woken = 0;
    u64 timed_out = 0;
    u64 handed_on = 0;
    arch::Atomic<u64> due{0};
    arch::Atomic<bool> over{false};
    Semaphore go;
    Semaphore done;
    {
        // Signals as near to the end of the time as it can, before it or behind it.
        TestThread signals{
            run, flow, {.name = "signals", .priority = test_priority, .affinity = 2}, [&](ThreadContext& self) {
                for (u32 n = 0;; ++n) {
                    EXPECT(go.take(self).has_value());
                    if (over.load(Order::Acquire)) return;
                    const u64 at = due.load(Order::Acquire) + n % 64 * 16 - 512;
                    while (arch::counter() < at) arch::relax();
                    condition.signal();
                    EXPECT(done.give().has_value());
                }
            }};
        for (u64 n = 0; n < rounds && !run.failed(); ++n) {
            bool second = false;
            EXPECT(mutex.lock(flow.self).has_value());
            const Duration time = microseconds(100);
            due.store(after(now(), time).counts, Order::Release);
            EXPECT(go.give().has_value());
            const Status status = condition.wait_for(flow.self, mutex, time);
            EXPECT(mutex.owned_by(flow.self.thread()));
            EXPECT(status.has_value() || status == Status{fail(Error::Timeout)});
            (status.has_value() ? woken : timed_out) += 1;
            EXPECT(mutex.unlock(flow.self).has_value());
            EXPECT(done.take_for(flow.self, seconds(10)).has_value());
            // The signal is used up or it met nobody: whoever waits next has to be signalled anew.
            TestThread next{run, flow, above, [&](ThreadContext& self) {
                                MutexGuard guard{mutex, self};
                                second = condition.wait(self, mutex).has_value();
                            }};
            EXPECT(!second);
            condition.signal();
            EXPECT(second);
            handed_on += second ? 1u : 0u;
        }
        over.store(true, Order::Release);
        EXPECT(go.give().has_value());
    }
    EXPECT_EQ(woken + timed_out, handed_on);
    if (counted) EXPECT(woken != 0 && timed_out != 0);
}

SELFTEST("CND03",
         "a wait whose time is over while another thread has the mutex returns when it owns it, with Timeout") {
    TestFlow flow;
    Mutex mutex;
    Condition condition;
    Semaphore goes, let_go;
    bool holds = false;
    Status status{};
    bool owned = false;
    TestThread waits{
        run, flow, {.name = "waits", .priority = test_priority + 2, .affinity = 1}, [&](ThreadContext& self) {
            EXPECT(mutex.lock(self).has_value());
            EXPECT(goes.take(self).has_value());
            status = condition.wait_for(self, mutex, milliseconds(2));
            owned = mutex.owned_by(self.thread()) && !holds;
            EXPECT(mutex.unlock(self).has_value());
        }};
    TestThread owner{run, flow, above, [&](ThreadContext& self) {
                         MutexGuard guard{mutex, self};
                         holds = true;
                         EXPECT(let_go.take(self).has_value());
                         holds = false;
                     }};
    // The other one waits for the mutex already, so that it is handed over by the wait, however soon that is over.
    EXPECT(goes.give().has_value());
    EXPECT(comes_true([&] { return holds; }));
    sleep_for(flow.self, milliseconds(5));
    // Its time is over, and it waits for the mutex now: no signal is for it, and it lends to the owner.
    EXPECT(comes_true([&] { return *priority_of(owner.handle) == test_priority + 2; }));
    condition.signal();
    EXPECT(!owned);
    EXPECT(let_go.give().has_value());
    waits.join();
    EXPECT(owned);
    EXPECT(status == Status{fail(Error::Timeout)});
    EXPECT(mutex.try_lock(flow.self).has_value());
    EXPECT(mutex.unlock(flow.self).has_value());
}

SELFTEST("TMR03",
         "sleeps of the largest durations and until never do not end by themselves, but by terminate and a stop") {
    TestFlow flow;
    u32 woke = 0;
    // As far as the clock goes, further than it goes, and without an end.
    Victim largest_one{run, flow, above, [&](ThreadContext& self) { sleep_for(self, largest); }};
    Victim for_ever{run, flow, above, [&](ThreadContext& self) { sleep_for(self, Duration::forever()); }};
    Victim never{run, flow, above, [&](ThreadContext& self) { sleep_until(self, Instant::never()); }};
    Victim last{run, flow, above, [&](ThreadContext& self) { sleep_until(self, {Instant::never().counts - 1}); }};
    auto until_stopped = [&](Duration time) {
        return [&, time](ThreadContext& self) {
            StopEndsWaits ends{self};
            sleep_for(self, time);
            woke += stop_token(self).stop_requested() ? 1u : 100u;
        };
    };
    TestThread polite{run, flow, above, until_stopped(largest)};
    TestThread patient{run, flow, above, until_stopped(Duration::forever())};
    // Among them one that ends, and whose end is not theirs.
    sleep_for(flow.self, milliseconds(20));
    EXPECT(!largest_one.came_back && !for_ever.came_back && !never.came_back && !last.came_back);
    EXPECT_EQ(woke, 0u);
    for (ThreadHandle thread : {largest_one.handle, for_ever.handle, never.handle, last.handle, polite.handle})
        EXPECT(state_of(thread) == ThreadState::Sleeping);
    EXPECT(request_stop(polite.handle).has_value());
    EXPECT_EQ(woke, 1u);
    EXPECT(request_stop(patient.handle).has_value());
    EXPECT_EQ(woke, 2u);
    EXPECT(largest_one.end() && for_ever.end() && never.end() && last.end());
}
