// SPDX-License-Identifier: MIT
//
// Who runs where, looked at from core 0 while priorities, suspensions and affinities change: the highest that may run do,
// and where time is counted the time until that is so again is measured and bounded.

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <kernel/console/log.hpp>
#include <kernel/thread/thread_control.hpp>
#include <kernel/time/counted_time.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

u64 one_tick() { return clock_scale.counts(Duration{1'000'000'000 / ticks_per_second}); }

// Six that never wait. This flow is above them, on core 0: three of them run, on the other cores.
struct Spinners {
    static constexpr u32 count = 6;
    static constexpr u32 cores = max_cores - 1;

    ThreadHandle threads[count];
    bool suspended[count] = {};
    u32 awake = count;

    // Whether the rule holds at this moment, as far as a look without a lock can tell: a no may be a moment old.
    bool right() const {
        u32 lowest_running = priority_count;
        u32 highest_waiting = 0;
        u32 running = 0;
        bool stands = true;
        for (u32 n = 0; n < count; ++n) {
            const Thread& thread = *threads[n].record();
            const Core& core = *thread.core.load(Order::Relaxed);
            const u32 priority = thread.priority;
            if (core.current == &thread) {
                running += 1;
                stands = stands && !suspended[n];
                if (priority < lowest_running) lowest_running = priority;
            } else if (!suspended[n] && priority > highest_waiting) {
                highest_waiting = priority;
            }
            arch::compiler_fence();
        }
        return stands && running == (awake < cores ? awake : cores) &&
               (awake <= cores || highest_waiting <= lowest_running);
    }
};

// How long it was wrong, in counts of the counter.
struct Windows {
    u64 looks = 0;
    u64 wrong = 0;
    u64 longest = 0;
};

// Until `holds`, which it does within `limit`; false: it did not.
template <typename Holds>
bool look(Windows& windows, Holds holds, Duration limit = seconds(5)) {
    const Instant begin = now();
    const Instant end = after(begin, limit);
    windows.looks += 1;
    if (holds()) return true;
    windows.wrong += 1;
    bool right = false;
    while (!right && now() < end) {
        arch::relax();
        right = holds();
    }
    const u64 took = now().counts - begin.counts;
    if (took > windows.longest) windows.longest = took;
    return right;
}

}  // namespace

SELFTEST("SMP02", "the four highest run, under random suspends, resumes and priorities; where time is counted, soon") {
    if (cores_online() != max_cores) SKIP("not all cores are online");
    TestFlow flow{1};
    const bool counted = time_is_counted(flow.self);
    arch::Atomic<bool> stop{false};
    auto spin = [&](ThreadContext&) {
        while (!stop.load(Order::Relaxed)) arch::relax();
    };
    const ThreadOptions options{.name = "spinner", .priority = 4};
    TestThread t0{run, flow, options, spin}, t1{run, flow, options, spin}, t2{run, flow, options, spin};
    TestThread t3{run, flow, options, spin}, t4{run, flow, options, spin}, t5{run, flow, options, spin};
    Spinners spinners{{t0.handle, t1.handle, t2.handle, t3.handle, t4.handle, t5.handle}};
    Windows windows;
    u64 random = 0x1234'5678'9abc'def1 + run.pass();
    // Elsewhere each suspend waits until the host lets the other core run.
    const u64 rounds = run.scaled(1'000'000, counted ? 1000 : 5000);
    for (u64 n = 0; n < rounds && !run.failed(); ++n) {
        random = random * 6364136223846793005 + 1442695040888963407;
        const u32 which = static_cast<u32>(random >> 33) % Spinners::count;
        const ThreadHandle thread = spinners.threads[which];
        switch (random >> 60) {
            case 0 ... 5: EXPECT(set_priority(thread, static_cast<u8>(1 + (random >> 48) % 12)).has_value()); break;
            default:
                EXPECT((spinners.suspended[which] ? resume(thread) : suspend(flow.self, thread)).has_value());
                spinners.suspended[which] = !spinners.suspended[which];
                spinners.awake += spinners.suspended[which] ? -1u : 1u;
        }
        // Right away, and at rest: it stays so.
        for (u32 looks = 0; looks < 4 && !run.failed(); ++looks)
            EXPECT(look(windows, [&] { return spinners.right(); }));
    }
    // An interrupt to another core and a switch there; not one that waited for the next tick.
    if (counted) EXPECT(windows.longest < one_tick() / 8);
    EXPECT(windows.wrong < windows.looks);
    log("SMP02: not yet so in {} of {} looks, for {} counts at most", windows.wrong, windows.looks, windows.longest);
    for (u32 n = 0; n < Spinners::count; ++n)
        if (spinners.suspended[n]) EXPECT(resume(spinners.threads[n]).has_value());
    stop.store(true, Order::Relaxed);
}

SELFTEST("SMP03", "a thread that runs moves where it may within a tick (counted), and sees itself nowhere else") {
    if (cores_online() != max_cores) SKIP("not all cores are online");
    TestFlow flow{1};
    const bool counted = time_is_counted(flow.self);
    constexpr u32 settled = 0x100;
    constexpr u32 movers = 3;
    arch::Atomic<bool> stop{false};
    // Where each may run, and whether it was seen there since that was said.
    arch::Atomic<u32> may[movers];
    arch::Atomic<u64> looks[movers];
    arch::Atomic<u64> wrong{0};
    for (u32 n = 0; n < movers; ++n) may[n].store(0b1110, Order::Relaxed);
    // Runs, yields or sleeps all the time, and watches itself while it does.
    auto watch = [&](u32 which) {
        return [&, which](ThreadContext& self) {
            for (u64 n = 0; !stop.load(Order::Relaxed); ++n) {
                const u32 before = may[which].load(Order::Acquire);
                const u32 here = arch::core_id();
                arch::compiler_fence();
                const u32 later = may[which].load(Order::Acquire);
                if (before == later && (before & settled) != 0 && (before >> here & 1) == 0)
                    wrong.fetch_add(1, Order::Relaxed);
                looks[which].fetch_add(1, Order::Release);
                if (which == 1 && n % 8 == 0) yield(self);
                if (which == 2 && n % 8 == 0) sleep_for(self, microseconds(20));
                arch::relax();
            }
        };
    };
    const ThreadOptions options{.name = "mover", .priority = test_priority - 2, .affinity = 0b1110};
    TestThread runs{run, flow, options, watch(0)}, yields{run, flow, options, watch(1)};
    TestThread sleeps{run, flow, options, watch(2)};
    // Comes and goes above them, so that they are pushed and pulled among those cores that they may run on.
    TestThread pusher{
        run, flow, {.name = "pusher", .priority = test_priority - 1, .affinity = 0b1110}, [&](ThreadContext& self) {
            for (u32 n = 0; !stop.load(Order::Relaxed); ++n) {
                EXPECT(set_affinity(self.handle(), 2u << n % 3).has_value());
                for (u32 delay = 0; delay < 100; ++delay) arch::relax();
                sleep_for(self, microseconds(30));
            }
        }};
    const ThreadHandle handles[movers] = {runs.handle, yields.handle, sleeps.handle};
    Windows windows;
    u32 random = 4711 + static_cast<u32>(run.pass());
    const u64 rounds = run.scaled(500'000, counted ? 1000 : 5000);
    for (u64 n = 0; n < rounds && !run.failed(); ++n) {
        random = random * 1664525 + 1013904223;
        const u32 which = static_cast<u32>(n) % movers;
        // One, two or three of the cores 1 to 3.
        const u32 mask = (1 + (random >> 16) % 7) << 1;
        may[which].store(mask, Order::Release);
        EXPECT(set_affinity(handles[which], mask).has_value());
        // It leaves the core that it must not run on when its context is saved, and not before.
        EXPECT(look(windows, [&] { return (mask & handles[which].record()->core.load(Order::Relaxed)->bit) != 0; }));
        may[which].store(mask | settled, Order::Release);
        const u64 seen = looks[which].load(Order::Acquire);
        EXPECT(comes_true_asleep([&] { return looks[which].load(Order::Acquire) >= seen + 4; }));
    }
    if (counted) EXPECT(windows.longest < one_tick());
    log("SMP03: not yet there in {} of {} looks, for {} counts at most", windows.wrong, windows.looks, windows.longest);
    stop.store(true, Order::Relaxed);
    EXPECT_EQ(wrong.load(Order::Relaxed), 0u);
    EXPECT(windows.wrong != 0);
    EXPECT(set_affinity(handles[0], 0) == Status{fail(Error::Invalid)});
}
