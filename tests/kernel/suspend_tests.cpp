// SPDX-License-Identifier: MIT
//
// Threads that stand still, in whatever state they were, and do not go on before they are resumed.

#include "threads.hpp"

#include <kernel/thread/stack_mark.hpp>
#include <kernel/thread/stop_token.hpp>
#include <kernel/thread/thread_control.hpp>
#include <kernel/thread/thread_statistics.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr ThreadOptions above{.name = "still", .priority = test_priority + 1, .affinity = 1};
constexpr ThreadOptions below{.name = "still", .priority = test_priority - 1, .affinity = 1};

}  // namespace

SELFTEST("B5", "suspended while ready, asleep or blocked, a thread stands still when its time comes; suspends nest") {
    TestFlow flow;
    Semaphore gate;
    u32 turns = 0;
    arch::Atomic<bool> stop{false};
    TestThread ready{run, flow, below, [&](ThreadContext& self) {
                         for (; !stop.load(Order::Relaxed); yield(self)) turns += 1;
                     }};
    EXPECT(suspend(flow.self, ready.handle).has_value());
    EXPECT(suspend(flow.self, ready.handle).has_value());
    sleep_for(flow.self, milliseconds(3));
    EXPECT_EQ(turns, 0u);
    EXPECT(state_of(ready.handle) == ThreadState::Suspended);
    EXPECT(resume(ready.handle).has_value());
    sleep_for(flow.self, milliseconds(3));
    EXPECT_EQ(turns, 0u);
    EXPECT(resume(ready.handle).has_value());
    while (turns == 0) sleep_for(flow.self, milliseconds(1));
    EXPECT(resume(ready.handle) == Status{fail(Error::Invalid)});
    stop.store(true, Order::Relaxed);
    // What it waited for is its own; it is not told before it is resumed.
    u32 woken = 0;
    TestThread blocked{run, flow, above, [&](ThreadContext& self) {
                           EXPECT(gate.take(self).has_value());
                           woken += 1;
                       }};
    EXPECT(suspend(flow.self, blocked.handle).has_value());
    EXPECT(gate.give().has_value());
    EXPECT_EQ(gate.count(), 0);
    EXPECT_EQ(woken, 0u);
    EXPECT(state_of(blocked.handle) == ThreadState::Suspended);
    // Its priority and its cores change where it stands.
    EXPECT(set_priority(blocked.handle, test_priority + 2).has_value());
    EXPECT(set_affinity(blocked.handle, 1).has_value());
    EXPECT_EQ(woken, 0u);
    EXPECT(resume(blocked.handle).has_value());
    EXPECT_EQ(woken, 1u);
    // A machine that stalls until the sleep is over has judged nothing: then a longer one.
    bool judged = false;
    for (u64 length = 2; length <= 2000 && !judged; length *= 4) {
        Instant due = after(now(), milliseconds(length));
        bool slept = false;
        TestThread asleep{run, flow, above, [&](ThreadContext& self) {
                              sleep_until(self, due);
                              slept = true;
                          }};
        EXPECT(suspend(flow.self, asleep.handle).has_value());
        judged = now() < due;
        sleep_until(flow.self, after(due, milliseconds(2)));
        if (judged) EXPECT(!slept);
        EXPECT(resume(asleep.handle).has_value());
        EXPECT(slept);
    }
    EXPECT(judged);
    // Itself.
    u32 after = 0;
    TestThread itself{run, flow, above, [&](ThreadContext& self) {
                          EXPECT(suspend(self, self.handle()).has_value());
                          after = 1;
                      }};
    EXPECT_EQ(after, 0u);
    EXPECT(resume(itself.handle).has_value());
    EXPECT_EQ(after, 1u);
    // As often as it is counted, and no more.
    TestThread often{run, flow, below, [](ThreadContext&) {}};
    for (u32 n = 0; n < most_suspensions; ++n) EXPECT(suspend(flow.self, often.handle).has_value());
    EXPECT(suspend(flow.self, often.handle) == Status{fail(Error::Busy)});
    for (u32 n = 0; n < most_suspensions; ++n) EXPECT(resume(often.handle).has_value());
}

SELFTEST("B5", "a thread that runs on another core, and blocks and is woken there, stands still when suspend returns") {
    TestFlow flow;
    constexpr u32 count = max_cores - 1;
    arch::Atomic<bool> stop{false};
    arch::Atomic<u64> steps[count];
    Semaphore units{1, 8};
    auto live = [&](u32 which) {
        return [&, which](ThreadContext& self) {
            while (!stop.load(Order::Relaxed)) {
                steps[which].fetch_add(1, Order::Relaxed);
                switch (steps[which].load(Order::Relaxed) % 4) {
                    case 0: sleep_for(self, microseconds(20)); break;
                    case 1: yield(self); break;
                    case 2:
                        if (units.take_for(self, microseconds(50)).has_value()) EXPECT(units.give().has_value());
                        break;
                    case 3:
                        for (u32 n = 0; n < 200; ++n) arch::relax();
                        break;
                }
            }
        };
    };
    ThreadOptions options{.name = "still", .priority = test_priority, .affinity = every_core & ~1u};
    TestThread a{run, flow, options, live(0)};
    TestThread b{run, flow, options, live(1)};
    TestThread c{run, flow, options, live(2)};
    ThreadHandle handles[count] = {a.handle, b.handle, c.handle};
    u64 random = 0x9e37'79b9'7f4a'7c15 + run.pass();
    for (u64 n : run.rounds(1'000'000)) {
        random = random * 6364136223846793005 + 1442695040888963407;
        u32 which = static_cast<u32>(random >> 33) % count;
        EXPECT(suspend(flow.self, handles[which]).has_value());
        u64 before = steps[which].load(Order::Relaxed);
        Instant end = after(now(), microseconds(random >> 50 & 63));
        if (n % 3 == 0) EXPECT(set_priority(handles[which], static_cast<u8>(test_priority - 1 + n % 3)).has_value());
        while (now() < end) arch::relax();
        EXPECT_EQ(steps[which].load(Order::Relaxed), before);
        EXPECT(resume(handles[which]).has_value());
    }
    for (u32 which = 0; which < count; ++which) {
        u64 before = steps[which].load(Order::Relaxed);
        EXPECT(comes_true([&] { return steps[which].load(Order::Relaxed) != before; }));
    }
    stop.store(true, Order::Relaxed);
}

SELFTEST("SCH08", "a thread that has disabled preemption stands still at the end of its section, not in it") {
    TestFlow flow;
    if (!irq::core_started(1)) SKIP("core 1 does not run threads");
    arch::Atomic<u32> step{0};
    arch::Atomic<bool> suspending{false};
    TestThread other{run, flow, {.name = "section", .priority = test_priority, .affinity = 2}, [&](ThreadContext&) {
                         {
                             PreemptionDisabled section;
                             step.store(1, Order::Release);
                             while (!suspending.load(Order::Acquire)) arch::relax();
                             Instant end = after(now(), milliseconds(5));
                             while (now() < end) arch::relax();
                             step.store(2, Order::Release);
                         }
                         step.store(3, Order::Release);
                     }};
    EXPECT(comes_true([&] { return step.load(Order::Acquire) == 1; }));
    suspending.store(true, Order::Release);
    EXPECT(suspend(flow.self, other.handle).has_value());
    // It was not cut off in the section. The store that follows may have come before the request.
    EXPECT(step.load(Order::Acquire) >= 2);
    u32 seen = step.load(Order::Acquire);
    sleep_for(flow.self, milliseconds(3));
    EXPECT_EQ(step.load(Order::Acquire), seen);
    EXPECT(resume(other.handle).has_value());
    other.join();
    EXPECT_EQ(step.load(Order::Acquire), 3u);
}

SELFTEST("SCH07", "a stale handle is refused by every call, and its record's next thread is not touched") {
    TestFlow flow;
    auto stale = spawn({.name = "first", .affinity = 1}, [](ThreadContext&, void*) {}, nullptr);
    REQUIRE(stale.has_value());
    EXPECT(join(flow.self, *stale).has_value());
    Semaphore gate;
    TestThread next{run,
                    flow,
                    {.name = "next", .priority = test_priority + 1, .affinity = 1, .measure_stack = true},
                    [&](ThreadContext& self) {
                        StopEndsWaits ends{self};
                        EXPECT(gate.take(self).has_value());
                        EXPECT(!stop_token(self).stop_requested());
                    }};
    EXPECT(next.handle.record() == stale->record());
    const Status invalid{fail(Error::Invalid)};
    EXPECT(join(flow.self, *stale) == invalid);
    EXPECT(join_end(flow.self, *stale).error() == Error::Invalid);
    EXPECT(detach(*stale) == invalid);
    EXPECT(set_priority(*stale, 1) == invalid);
    EXPECT(priority_of(*stale).error() == Error::Invalid);
    EXPECT(set_affinity(*stale, 1) == invalid);
    EXPECT(suspend(flow.self, *stale) == invalid);
    EXPECT(resume(*stale) == invalid);
    EXPECT(terminate(flow.self, *stale) == invalid);
    EXPECT(request_stop(*stale) == invalid);
    EXPECT(statistics_of(*stale).error() == Error::Invalid);
    EXPECT(stack_high_water(*stale).error() == Error::Invalid);
    EXPECT_EQ(*priority_of(next.handle), test_priority + 1);
    EXPECT(gate.give().has_value());
}

SELFTEST("SCH12", "invalid arguments of every call about a thread are refused with Invalid") {
    TestFlow flow;
    auto nothing = [](ThreadContext&, void*) {};
    const Status invalid{fail(Error::Invalid)};
    auto refused = [&](ThreadOptions options) { return spawn(options, nothing, nullptr).error() == Error::Invalid; };
    EXPECT(refused({.priority = priority_count}));
    EXPECT(refused({.affinity = 0}));
    EXPECT(refused({.affinity = 1u << max_cores}));
    EXPECT(refused({.stack_size = 0}));
    EXPECT(refused({.stack_size = smallest_stack - stack_alignment}));
    EXPECT(refused({.stack_size = smallest_stack + 8}));
    EXPECT(refused({.stack_size = largest_stack + page_size}));
    EXPECT(refused({.stack_size = ~usize{0} - 15}));
    const ThreadHandle none;
    EXPECT(join(flow.self, none) == invalid);
    EXPECT(join(flow.self, flow.self.handle()) == invalid);
    EXPECT(detach(none) == invalid);
    EXPECT(set_priority(flow.self.handle(), priority_count) == invalid);
    EXPECT(set_affinity(flow.self.handle(), 0) == invalid);
    EXPECT(set_affinity(flow.self.handle(), 1u << max_cores) == invalid);
    EXPECT(suspend(flow.self, none) == invalid);
    EXPECT(resume(none) == invalid);
    EXPECT(resume(flow.self.handle()) == invalid);
    EXPECT(terminate(flow.self, none) == invalid);
    EXPECT(request_stop(none) == invalid);
    EXPECT(statistics_of(none).error() == Error::Invalid);
    EXPECT(stack_high_water(none).error() == Error::Invalid);
    // A core's idle thread is nobody's to change.
    Thread& idle = idle_thread(0);
    const ThreadHandle idles{idle, idle.generation.load(Order::Relaxed)};
    EXPECT(suspend(flow.self, idles) == invalid);
    EXPECT(terminate(flow.self, idles) == invalid);
    EXPECT(request_stop(idles) == invalid);
    EXPECT(set_priority(idles, 3) == invalid);
    EXPECT(set_affinity(idles, 3) == invalid);
}
