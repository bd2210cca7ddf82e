// SPDX-License-Identifier: MIT
//
// Timers whose callbacks are called by the timer thread, and loops that sleep until their next deadline.

#include "threads.hpp"

#include <kernel/time/counted_time.hpp>
#include <kernel/time/periodic.hpp>
#include <kernel/time/timer.hpp>
#include <mm/owned.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

struct Called {
    arch::Atomic<u32> begun{0};
    arch::Atomic<u32> ended{0};
    Semaphore may_end{0};
    u8 priority = 0;
};

void note_call(ThreadContext& self, Timer& timer) {
    Called& it = *static_cast<Called*>(timer.argument());
    it.priority = self.thread().base_priority;
    it.begun.fetch_add(1, arch::Order::AcqRel);
    it.ended.fetch_add(1, arch::Order::AcqRel);
}

// Waits inside, as a callback in a thread may.
void wait_inside(ThreadContext& self, Timer& timer) {
    Called& it = *static_cast<Called*>(timer.argument());
    it.begun.fetch_add(1, arch::Order::AcqRel);
    static_cast<void>(it.may_end.take(self));
    it.ended.fetch_add(1, arch::Order::AcqRel);
}

bool becomes(const arch::Atomic<u32>& count, u32 value) {
    return comes_true([&] { return count.load(arch::Order::Acquire) == value; });
}

}  // namespace

SELFTEST("TMR04", "in the timer thread: once, again and again, and a callback that cancels or starts itself") {
    TestFlow flow;
    EXPECT(start_timer_thread().has_value());
    EXPECT(start_timer_thread().has_value());
    Called it;
    {
        Timer once{note_call, &it};
        EXPECT(once.start(microseconds(200)).has_value());
        EXPECT(becomes(it.ended, 1));
        EXPECT_EQ(it.priority, timer_thread_priority);
        EXPECT(!once.cancel());
        Timer stops{[](ThreadContext& self, Timer& timer) {
                        note_call(self, timer);
                        static_cast<void>(timer.cancel_and_wait(self));
                    },
                    &it};
        EXPECT(stops.start(microseconds(200), microseconds(200)).has_value());
        EXPECT(becomes(it.ended, 2));
        Timer restarts{[](ThreadContext& self, Timer& timer) {
                           note_call(self, timer);
                           Called& seen = *static_cast<Called*>(timer.argument());
                           if (seen.ended.load(arch::Order::Relaxed) < 6) static_cast<void>(timer.restart());
                       },
                       &it};
        EXPECT(restarts.start(microseconds(100)).has_value());
        EXPECT(becomes(it.ended, 6));
        sleep_for(flow.self, milliseconds(2));
        EXPECT_EQ(it.ended.load(arch::Order::Acquire), 6u);
    }
}

SELFTEST("TMR04", "a callback in the timer thread gives its own timer back to the heap") {
    TestFlow flow;
    EXPECT(start_timer_thread().has_value());
    static constinit arch::Atomic<u32> calls{0};
    calls.store(0, arch::Order::Relaxed);
    for (u64 n : run.rounds(20'000)) {
        auto made = mm::make<Timer>([](ThreadContext&, Timer& timer) {
            mm::Owned<Timer> end{&timer};
            calls.fetch_add(1, arch::Order::AcqRel);
        });
        REQUIRE(made.has_value());
        Timer* timer = made->release();
        EXPECT(timer->start(microseconds(50), n % 2 == 0 ? Duration::zero() : microseconds(50)).has_value());
        EXPECT(becomes(calls, static_cast<u32>(n) + 1));
    }
}

SELFTEST("TMR08", "who cancels and waits, or destroys, goes on when the callback that runs has ended") {
    TestFlow flow;
    EXPECT(start_timer_thread().has_value());
    Called it;
    {
        Timer timer{wait_inside, &it};
        EXPECT(timer.start(microseconds(100)).has_value());
        EXPECT(becomes(it.begun, 1));
        EXPECT(!timer.cancel());
        EXPECT_EQ(it.ended.load(arch::Order::Acquire), 0u);
        TestThread ends{
            run, flow, {.name = "ends", .priority = test_priority - 1, .affinity = 2}, [&](ThreadContext& self) {
                sleep_for(self, milliseconds(3));
                EXPECT(it.may_end.give().has_value());
            }};
        EXPECT(!timer.cancel_and_wait(flow.self));
        EXPECT_EQ(it.ended.load(arch::Order::Acquire), 1u);
        // The next one holds the thread; what is due behind it has not begun, and is prevented.
        Called other;
        Timer behind{note_call, &other};
        EXPECT(timer.start(microseconds(100)).has_value());
        EXPECT(becomes(it.begun, 2));
        EXPECT(behind.start(microseconds(100)).has_value());
        EXPECT(comes_true([&] { return !behind.armed(); }));
        sleep_for(flow.self, milliseconds(1));
        EXPECT(behind.cancel_and_wait(flow.self));
        EXPECT(!behind.cancel());
        EXPECT(it.may_end.give().has_value());
        EXPECT(becomes(it.ended, 2));
        sleep_for(flow.self, milliseconds(1));
        EXPECT_EQ(other.begun.load(arch::Order::Acquire), 0u);
        EXPECT(timer.start(microseconds(100)).has_value());
        EXPECT(becomes(it.begun, 3));
        EXPECT(it.may_end.give().has_value());
    }
    EXPECT_EQ(it.ended.load(arch::Order::Acquire), 3u);
}

SELFTEST("TMR08", "periods that are over while a callback runs are one callback more, and the others are counted") {
    TestFlow flow;
    EXPECT(start_timer_thread().has_value());
    Called it;
    Timer timer{wait_inside, &it};
    EXPECT(timer.start(milliseconds(1), milliseconds(1)).has_value());
    EXPECT(becomes(it.begun, 1));
    EXPECT(comes_true([&] { return timer.missed() >= 3; }));
    EXPECT_EQ(it.begun.load(arch::Order::Acquire), 1u);
    EXPECT(it.may_end.give().has_value());
    EXPECT(becomes(it.begun, 2));
    EXPECT(timer.cancel());
    EXPECT(it.may_end.give().has_value());
    EXPECT(!timer.cancel_and_wait(flow.self));
    EXPECT_EQ(it.ended.load(arch::Order::Acquire), 2u);
}

SELFTEST("TMR09", "wrong periods are refused by name, and a time-out without end does not end early") {
    TestFlow flow;
    HandlerTimer timer{[](HandlerTimer&) noexcept {}};
    EXPECT_EQ(timer.start(milliseconds(1), nanoseconds(1)).error(), Error::Invalid);
    EXPECT_EQ(timer.start_at(now(), {shortest_period.ns - 1}).error(), Error::Invalid);
    EXPECT(!timer.armed());
    EXPECT(timer.start(Duration::forever()).has_value());
    EXPECT(timer.armed());
    EXPECT(timer.remaining() > seconds(3600 * 24 * 365));
    EXPECT(timer.cancel());
    EXPECT_EQ(Periodic::every(Duration::zero()).error(), Error::Invalid);
    Semaphore semaphore{0};
    TestThread gives{run, flow, {.name = "gives", .priority = test_priority, .affinity = 1}, [&](ThreadContext& self) {
                         sleep_for(self, milliseconds(5));
                         EXPECT(semaphore.give().has_value());
                     }};
    EXPECT(semaphore.take_for(flow.self, {Duration::forever().ns - 1}).has_value());
}

SELFTEST("TMR02", "a periodic loop has no drift, and counts the deadlines that it missed, for its thread too") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    const u64 begin = now().counts;
    auto period = Periodic::every(microseconds(500), {begin});
    REQUIRE(period.has_value());
    const u64 counts = clock_scale.nearest_counts(microseconds(500));
    const u64 before = flow.self.thread().deadline_misses.load(arch::Order::Relaxed);
    u64 passed = 0;
    for (u64 n : run.rounds(100'000)) {
        passed += 1 + period->wait(flow.self);
        const u64 time = now().counts;
        EXPECT(time >= begin + passed * counts);
        if (counted) EXPECT(time < begin + passed * counts + counts);
        EXPECT_EQ(period->next().counts, begin + (passed + 1) * counts);
        // Every eighth round takes two periods and a half.
        if (n % 8 != 7) continue;
        const u64 end = time + 2 * counts + counts / 2;
        while (arch::counter() < end) arch::relax();
        const u64 missed = period->missed();
        passed += 1 + period->wait(flow.self);
        EXPECT(period->missed() - missed >= 2);
        if (counted) EXPECT_EQ(period->missed() - missed, 2u);
    }
    const u64 misses = flow.self.thread().deadline_misses.load(arch::Order::Relaxed) - before;
    EXPECT_EQ(misses, period->missed());
    EXPECT(passed - period->missed() >= 100);
    u64 listed = 0;
    for_each_thread([&](const ThreadInfo& info) {
        if (info.id == flow.self.thread().id) listed = info.deadline_misses;
    });
    EXPECT_EQ(listed, before + misses);
}
