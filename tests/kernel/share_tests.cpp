// SPDX-License-Identifier: MIT
//
// Slices by the clock, and priorities that change under threads that sleep, wait or are ready: who is behind whom.
// Shares are judged where time is counted instructions (tests/system/test_cores.py); elsewhere the host has a part in them.

#include "threads.hpp"

#include <kernel/thread/thread_statistics.hpp>
#include <kernel/time/counted_time.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

Duration apart(Duration a, Duration b) { return a < b ? Duration{b.ns - a.ns} : Duration{a.ns - b.ns}; }

ThreadOptions at(int by, const char* name = "at") {
    return {.name = name, .priority = static_cast<u8>(test_priority + by), .affinity = 1};
}

}  // namespace

SELFTEST("SCH02", "over 1,000 slices each of three equals has a third of the time, and is off by less than a slice") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    constexpr Duration slice = milliseconds(2);
    const u64 slices = counted ? 1000 : 15;
    arch::Atomic<bool> stop{false};
    auto spin = [&](ThreadContext&) {
        while (!stop.load(Order::Relaxed)) arch::compiler_fence();
    };
    ThreadOptions options = at(-1, "sharer");
    options.slice = slice;
    TestThread a{run, flow, options, spin};
    TestThread b{run, flow, options, spin};
    TestThread c{run, flow, options, spin};
    const ThreadHandle sharers[] = {a.handle, b.handle, c.handle};
    // From when each has begun: this flow wakes twice, and takes nobody's time but for these looks.
    sleep_for(flow.self, milliseconds(10));
    Duration before[3];
    for (u32 n = 0; n < 3; ++n) before[n] = statistics_of(sharers[n])->run_time;
    const Instant begin = now();
    sleep_for(flow.self, Duration{slices * slice.ns});
    const Duration third{between(begin, now()).ns / 3};
    auto had = [&](u32 n) { return Duration{statistics_of(sharers[n])->run_time.ns - before[n].ns}; };
    for (u32 n = 0; n < 3; ++n) {
        if (counted) EXPECT(apart(had(n), third) < slice);
        EXPECT(comes_true_asleep([&] { return had(n) > Duration::zero(); }));
    }
    stop.store(true, Order::Relaxed);
}

SELFTEST("SCH02", "who yields in the middle of a slice begins a new one, with an equal to yield to or without") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    constexpr Duration tick{1'000'000'000 / ticks_per_second};
    constexpr u64 slice_ticks = 10;
    Semaphore begin_to_share;
    arch::Atomic<u32> turns{0};
    arch::Atomic<bool> stop{false};
    Duration had[2];
    auto spin_for = [](Duration time) {
        const Instant end = after(now(), time);
        while (now() < end) {}
    };
    // How long it has the core from now on, until the other one has had a turn.
    auto until_preempted = [&] {
        const u32 turn = turns.load(Order::Relaxed);
        const Instant begin = now();
        Instant last = begin;
        for (Instant time = begin; turns.load(Order::Relaxed) == turn; time = now()) last = time;
        return between(begin, last);
    };
    TestThread other{run, flow, at(-1, "other"), [&](ThreadContext& self) {
                         EXPECT(begin_to_share.take(self).has_value());
                         for (; !stop.load(Order::Relaxed); yield(self)) turns.fetch_add(1, Order::Relaxed);
                     }};
    ThreadOptions options = at(-1, "yields");
    options.slice = Duration{slice_ticks * tick.ns};
    TestThread yields{run, flow, options, [&](ThreadContext& self) {
                          // Alone, and then there is somebody.
                          spin_for(Duration{6 * tick.ns});
                          yield(self);
                          EXPECT(begin_to_share.give().has_value());
                          had[0] = until_preempted();
                          // To somebody, who yields back at once.
                          spin_for(Duration{6 * tick.ns});
                          yield(self);
                          had[1] = until_preempted();
                          stop.store(true, Order::Relaxed);
                      }};
    yields.join();
    other.join();
    // Of the first tick a part was over already.
    for (Duration each : had)
        EXPECT(!counted ||
               (each > Duration{(slice_ticks - 1) * tick.ns} && each < Duration{(slice_ticks + 1) * tick.ns}));
}

SELFTEST("SCH03", "a sleeping thread wakes with the priority that it was given in its sleep, higher or lower") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    // A machine that stalls until the sleep is over has judged nothing: then a longer one.
    bool judged = false;
    for (u64 length = 3; length <= 3000 && !judged; length *= 4) {
        arch::Atomic<u64> lowered_at{0};
        arch::Atomic<u64> raised_at{0};
        const Instant due = after(now(), milliseconds(length));
        auto sleeper = [&](arch::Atomic<u64>& woke) {
            return [&woke, due](ThreadContext& self) {
                sleep_until(self, due);
                woke.store(now().counts, Order::Relaxed);
            };
        };
        TestThread lowered{run, flow, at(1, "lowered"), sleeper(lowered_at)};
        TestThread raised{run, flow, at(-1, "raised"), sleeper(raised_at)};
        sleep_for(flow.self, milliseconds(1));  // in which the one below this flow goes to sleep
        EXPECT(set_priority(lowered.handle, test_priority - 1).has_value());
        EXPECT(set_priority(raised.handle, test_priority + 1).has_value());
        judged = now() < due;
        const Instant look = after(due, milliseconds(2));
        while (now() < look) {}
        if (judged) {
            EXPECT(comes_true([&] { return raised_at.load(Order::Relaxed) != 0; }));
            EXPECT_EQ(lowered_at.load(Order::Relaxed), 0u);
            EXPECT(raised_at.load(Order::Relaxed) >= due.counts);
            if (counted) EXPECT(raised_at.load(Order::Relaxed) < after(due, milliseconds(1)).counts);
        }
        lowered.join();
        if (judged) EXPECT(lowered_at.load(Order::Relaxed) > raised_at.load(Order::Relaxed));
    }
    EXPECT(judged);
}

SELFTEST("SCH03", "where threads wait, one whose priority changes goes behind its new equals, up and down") {
    TestFlow flow;
    Semaphore gate;
    u32 order[6] = {};
    u32 count = 0;
    auto wait = [&](u32 number) {
        return [&, number](ThreadContext& self) {
            EXPECT(gate.take(self).has_value());
            order[count++ % 6] = number;
        };
    };
    TestThread a{run, flow, at(1), wait(1)}, b{run, flow, at(1), wait(2)}, c{run, flow, at(2), wait(3)};
    TestThread d{run, flow, at(1), wait(4)}, e{run, flow, at(3), wait(5)}, f{run, flow, at(1), wait(6)};
    // a b d f at 1, c at 2, e at 3.
    EXPECT(set_priority(b.handle, test_priority + 2).has_value());  // c b at 2
    EXPECT(set_priority(d.handle, test_priority + 4).has_value());  // d alone at 4
    EXPECT(set_priority(e.handle, test_priority + 1).has_value());  // a f e at 1
    EXPECT(set_priority(a.handle, test_priority + 2).has_value());  // c b a at 2
    EXPECT_EQ(count, 0u);
    for (u32 n = 0; n < 6; ++n) EXPECT(gate.give().has_value());
    const u32 wanted[6] = {4, 3, 2, 1, 6, 5};
    for (u32 n = 0; n < 6; ++n) EXPECT_EQ(order[n], wanted[n]);
}

SELFTEST("SCH03", "of threads that are ready, one whose priority changes goes behind its new equals, up and down") {
    TestFlow flow;
    u32 order[6] = {};
    u32 count = 0;
    auto come = [&](u32 number) { return [&, number](ThreadContext&) { order[count++ % 6] = number; }; };
    TestThread a{run, flow, at(-4), come(1)}, b{run, flow, at(-4), come(2)}, c{run, flow, at(-3), come(3)};
    TestThread d{run, flow, at(-4), come(4)}, e{run, flow, at(-2), come(5)}, f{run, flow, at(-4), come(6)};
    EXPECT(set_priority(b.handle, test_priority - 3).has_value());  // c b
    EXPECT(set_priority(d.handle, test_priority - 1).has_value());  // d
    EXPECT(set_priority(e.handle, test_priority - 4).has_value());  // a f e
    EXPECT(set_priority(a.handle, test_priority - 3).has_value());  // c b a
    EXPECT_EQ(count, 0u);
    EXPECT(comes_true_asleep([&] { return count == 6; }));
    const u32 wanted[6] = {4, 3, 2, 1, 6, 5};
    for (u32 n = 0; n < 6; ++n) EXPECT_EQ(order[n], wanted[n]);
}
