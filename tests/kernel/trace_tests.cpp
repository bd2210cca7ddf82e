// SPDX-License-Identifier: MIT
//
// The trace on the machine: what threads, handlers, locks and timers leave in it, and what an event costs.

#include "threads.hpp"

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/console/log.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/time/counted_time.hpp>
#include <kernel/time/timer.hpp>
#include <kernel/trace/trace.hpp>
#include <kernel/wait/mutex.hpp>
#include <sync/clock.hpp>
#include <sync/spin_lock.hpp>

#include <quartet.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;
using sync::TraceEvent;
using sync::TraceKind;
using sync::TraceRing;

namespace {

constexpr char mark_name[] = "self-test";

// Calls `visit(event)` for each event of `core` in order. How many there were.
template <typename Visit>
u32 for_each_event(u32 core, Visit visit) {
    const TraceRing& ring = trace::ring_of(core);
    const u64 next = ring.next();
    u32 count = 0;
    for (u64 at = ring.oldest(next); at < next; ++at) {
        u64 first = 0;
        u64 second = 0;
        if (!ring.read(at, first, second)) continue;
        visit(TraceRing::event_of(first, second));
        count += 1;
    }
    return count;
}

bool ours(const TraceEvent& event) {
    return event.kind == TraceKind::Mark && event.subject == trace::lower_half(mark_name);
}

// Recording, and none at the end.
class Recorded {
public:
    Recorded(SelfTestRun& run, ThreadContext& self, u32 shift) : self_(self) {
        EXPECT(trace::start(self, shift, trace::What::Events).has_value());
    }
    ~Recorded() { end(); }
    void end() { static_cast<void>(trace::stop(self_)); }

private:
    ThreadContext& self_;
};

void mark_in_handler(HandlerTimer&) noexcept { qt_trace_mark(mark_name, 99); }

}  // namespace

SELFTEST("TRC01", "marks of threads on four cores are there, whole, in order, with times that go forward") {
    TestFlow flow;
    constexpr u32 marks = 500;
    {
        Recorded recorded{run, flow.self, 13};
        on_every_core(run, [](u32) {
            for (u32 n = 0; n < marks; ++n) qt_trace_mark(mark_name, n);
        });
    }
    for (u32 core = 0; core < max_cores; ++core) {
        if (!irq::core_started(core)) continue;
        u32 next = 0;
        u64 last = 0;
        for_each_event(core, [&](const TraceEvent& event) {
            EXPECT(event.time >= last);
            last = event.time;
            if (!ours(event)) return;
            EXPECT_EQ(event.detail, next);
            next += 1;
        });
        EXPECT_EQ(next, marks);
        EXPECT_EQ(trace::ring_of(core).lost(trace::ring_of(core).next()), 0u);
    }
    // Nothing when nothing is recorded.
    const u64 before = trace::ring_of(0).next();
    qt_trace_mark(mark_name, 0);
    EXPECT_EQ(trace::ring_of(0).next(), before);
}

SELFTEST("TRC02", "of a full ring the oldest are gone and counted") {
    TestFlow flow;
    u64 next = 0;
    u64 lost = 0;
    {
        Recorded recorded{run, flow.self, trace::least_shift};
        for (u32 n = 0; n < 200; ++n) qt_trace_mark(mark_name, n);
        recorded.end();
    }
    const TraceRing& ring = trace::ring_of(0);
    next = ring.next();
    lost = ring.lost(next);
    EXPECT_EQ(next - ring.oldest(next), u64{1} << trace::least_shift);
    EXPECT(lost >= 200 - (u64{1} << trace::least_shift));
    u32 last = 0;
    u32 least = 200;
    for_each_event(0, [&](const TraceEvent& event) {
        if (!ours(event)) return;
        last = event.detail;
        if (event.detail < least) least = event.detail;
    });
    EXPECT_EQ(last, 199u);
    EXPECT(least > 100 && least < 199);
}

SELFTEST("TRC03", "switches follow each other, interrupts have their ends, a woken thread runs after its wake") {
    TestFlow flow;
    Semaphore gate;
    u32 waiter_id = 0;
    {
        TestThread waiter{
            run, flow, {.name = "waiter", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
                for (u32 n = 0; n < 20; ++n) EXPECT(gate.take(self).has_value());
            }};
        waiter_id = waiter.handle.record()->id;
        Recorded recorded{run, flow.self, 12};
        for (u32 n = 0; n < 20; ++n) {
            EXPECT(gate.give().has_value());
            sleep_for(flow.self, microseconds(200));
        }
    }
    u32 runs = ~u32{0};
    u32 interrupt = 0;
    u32 ends = 0;
    u32 wakes = 0;
    u32 came = 0;
    bool woken = false;
    for_each_event(0, [&](const TraceEvent& event) {
        switch (event.kind) {
            case TraceKind::Switch:
                EXPECT(runs == ~u32{0} || event.detail >> 4 == runs);
                runs = event.subject;
                if (runs != waiter_id) break;
                EXPECT(woken);
                woken = false;
                came += 1;
                break;
            case TraceKind::Wake:
                if (event.subject != waiter_id) break;
                EXPECT(!woken);
                woken = true;
                wakes += 1;
                break;
            case TraceKind::IrqEnter:
                EXPECT_EQ(interrupt, 0u);
                interrupt = event.subject + 1;
                break;
            case TraceKind::IrqExit:
                EXPECT_EQ(interrupt, event.subject + 1);
                interrupt = 0;
                ends += 1;
                break;
            default: break;
        }
    });
    EXPECT_EQ(wakes, 20u);
    EXPECT_EQ(came, 20u);
    EXPECT(ends >= 20);  // the sleeps end by the timer's
}

SELFTEST("TRC03", "timers, marks of handlers and waits for mutexes are in it") {
    TestFlow flow;
    Mutex mutex;
    HandlerTimer timer{mark_in_handler};
    {
        Recorded recorded{run, flow.self, 12};
        EXPECT(timer.start(microseconds(100)).has_value());
        EXPECT(mutex.lock(flow.self).has_value());
        {
            TestThread second{
                run, flow, {.name = "second", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
                    EXPECT(mutex.lock(self).has_value());
                    EXPECT(mutex.unlock(self).has_value());
                }};
            sleep_for(flow.self, milliseconds(2));
            EXPECT(mutex.unlock(flow.self).has_value());
        }
    }
    u32 timers = 0;
    u32 marks = 0;
    u32 begun = 0;
    u32 ended = 0;
    bool handler = false;
    for_each_event(0, [&](const TraceEvent& event) {
        if (event.kind == TraceKind::IrqEnter || event.kind == TraceKind::IrqExit)
            handler = event.kind == TraceKind::IrqEnter;
        if (event.kind == TraceKind::Timer) {
            EXPECT(handler);
            timers += 1;
        }
        if (ours(event)) {
            EXPECT(handler);
            EXPECT_EQ(event.detail, 99u);
            marks += 1;
        }
        if (event.detail != 1 || event.subject != trace::lower_half(&mutex)) return;
        if (event.kind == TraceKind::WaitBegins) begun += 1;
        if (event.kind == TraceKind::WaitEnds) ended += 1;
    });
    EXPECT(timers >= 2);
    EXPECT_EQ(marks, 1u);
    EXPECT_EQ(begun, 1u);
    EXPECT_EQ(ended, 1u);
}

SELFTEST("TRC03", "waits for a spin lock are in it where nothing checks, and who waits loses no register by that") {
    if (!irq::core_started(1)) SKIP("core 1 does not run threads");
    TestFlow flow{every_core};
    sync::SpinLock<sync::LockRank::IrqTable> lock;
    u64 value[2] = {};
    constexpr u64 rounds = 3000;
    auto somebody_waits = [&] {
        u32 begun = 0;
        for (u32 core = 0; core < max_cores; ++core)
            for_each_event(core, [&](const TraceEvent& event) {
                begun += event.kind == TraceKind::WaitBegins && event.subject == trace::lower_half(&lock) ? 1u : 0u;
            });
        return begun != 0;
    };
    {
        Recorded recorded{run, flow.self, 14};
        on_every_core(run, [&](u32 core) {
            for (u64 n = 0; n < rounds; ++n) {
                sync::IrqLockGuard guard{lock};
                // The first turn lasts until another core has come, however slow this machine's cores are.
                if (value[1] == 0 && !checks_enabled)
                    for (sync::Deadline first{200}; !somebody_waits() && !first.passed();) arch::relax();
                value[0] += n * 2 + core;
                value[1] += 1;
            }
        });
    }
    u64 entered = 0;
    u64 sum = 0;
    u32 waits = 0;
    for (u32 core = 0; core < max_cores; ++core) {
        if (!irq::core_started(core)) continue;
        entered += rounds;
        sum += rounds * (rounds - 1) + rounds * core;
        bool waiting = false;
        for_each_event(core, [&](const TraceEvent& event) {
            if (event.subject != trace::lower_half(&lock)) return;
            if (event.kind != TraceKind::WaitBegins && event.kind != TraceKind::WaitEnds) return;
            EXPECT(waiting == (event.kind == TraceKind::WaitEnds) || waits == 0);
            waiting = event.kind == TraceKind::WaitBegins;
            waits += 1;
        });
    }
    EXPECT_EQ(value[0], sum);
    EXPECT_EQ(value[1], entered);
    // A build with checks waits by the clock, and tells nobody.
    EXPECT_EQ(waits > 0, !checks_enabled);
}

SELFTEST("TRC07", "the last events are written in words, in order of time, also while other cores go on recording") {
    TestFlow flow;
    static char text[8192];
    Recorded recorded{run, flow.self, trace::least_shift};
    for (u64 round : run.rounds(20'000)) {
        for (u32 n = 0; n < 3; ++n) qt_trace_mark(mark_name, n);
        Writer out{text};
        trace::write_last(out, 64);
        EXPECT(!out.truncated());
        u32 lines = 0;
        u64 before = ~u64{0};
        std::string_view left = out.text();
        while (!left.empty()) {
            const usize end = left.find('\n');
            EXPECT(left.starts_with('-') && end != left.npos);
            if (end == left.npos) return;
            u64 us = 0;
            for (usize n = 1; left[n] >= '0' && left[n] <= '9'; ++n) us = us * 10 + static_cast<u64>(left[n] - '0');
            EXPECT(us <= before);
            before = us;
            lines += 1;
            left.remove_prefix(end + 1);
        }
        EXPECT(lines <= 64 && lines >= 3);
        if (round != 0 && round % 4 == 0) sleep_for(flow.self, microseconds(50));
    }
    // The last one first of all: it is this core's mark, or what another core did meanwhile.
    recorded.end();
    Writer out{text};
    trace::write_last(out, 3);
    EXPECT(out.text().find("cpu") != std::string_view::npos);
}

SELFTEST(
    "TRC04",
    "where time is counted an event takes less than 25 instructions, a mark in C when nothing is recorded at most 15, "
    "its call and the loop included") {
    TestFlow flow;
    constexpr u32 rounds = 1000;
    static TraceRing ring;
    static TraceRing::Slot slots[64];
    ring.give(slots, 6);
    u64 put = 0;
    u64 off = 0;
    u64 on = 0;
    auto measure = [&](auto&& work) {
        arch::IrqsMasked masked;
        const u64 begin = arch::counter();
        for (u32 n = 0; n < rounds; ++n) work(n);
        return arch::counter() - begin;
    };
    put = measure([&](u32 n) { ring.put(TraceKind::Mark, n, n); });
    off = measure([&](u32 n) { qt_trace_mark(mark_name, n); });
    {
        Recorded recorded{run, flow.self, trace::least_shift};
        on = measure([&](u32 n) { qt_trace_mark(mark_name, n); });
    }
    if (!time_is_counted(flow.self)) return;
    log("trace: an event takes {}.{:02} instructions, a mark {}.{:02}, and {}.{:02} when nothing is recorded",
        put / rounds, put % rounds / 10, on / rounds, on % rounds / 10, off / rounds, off % rounds / 10);
    if constexpr (!checks_enabled) {
        EXPECT(put < 25 * rounds);
        EXPECT(off <= 15 * rounds);
    }
}
