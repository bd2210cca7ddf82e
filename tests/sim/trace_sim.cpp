// SPDX-License-Identifier: MIT
//
// What the scheduler tells the trace, held against what it does: on each core who comes is followed by who goes, and each
// thread that waited, or began, was woken once before it ran. A reader looks at all rings meanwhile.

#include "threads.hpp"

#include <kernel/trace/trace.hpp>
#include <kernel/wait/semaphore.hpp>

#include <doctest/doctest.h>

#include <memory>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;
using sync::TraceEvent;
using sync::TraceKind;
using sync::TraceRing;

namespace {

constexpr u32 shift = 12;
constexpr u32 pairs = 3;
constexpr u32 rounds = 6;
constexpr u32 most_threads = 64;

struct Recording {
    std::unique_ptr<TraceRing::Slot[]> slots[max_cores];
    TraceRing rings[max_cores];

    explicit Recording(u32 bits) {
        for (u32 core = 0; core < max_cores; ++core) {
            slots[core] = std::make_unique<TraceRing::Slot[]>(1u << bits);
            rings[core].give(slots[core].get(), bits);
            cores[core].trace = &rings[core];
            cores[core].traced = 1;
        }
        trace::recording.store(true, arch::Order::Relaxed);
    }
    ~Recording() {
        trace::recording.store(false, arch::Order::Relaxed);
        for (Core& core : cores) core.trace = nullptr, core.traced = 0;
    }

    // Each event that is to be had, in the order of its core. Their number.
    template <typename Visit>
    u32 each(u32 core, Visit visit) const {
        u32 whole = 0;
        const u64 next = rings[core].next();
        for (u64 at = rings[core].oldest(next); at < next; ++at) {
            u64 first = 0;
            u64 second = 0;
            if (!rings[core].read(at, first, second)) continue;
            whole += 1;
            visit(TraceRing::event_of(first, second));
        }
        return whole;
    }
};

Recording* recording = nullptr;
Semaphore there{0};
Semaphore back{0};
bool over = false;

void take_and_give(ThreadContext& self, void*) {
    for (u32 n = 0; n < rounds; ++n) {
        SIM_CHECK(there.take(self).has_value());
        SIM_CHECK(back.give().has_value());
    }
}

void give_and_take(ThreadContext& self, void*) {
    for (u32 n = 0; n < rounds; ++n) {
        SIM_CHECK(there.give().has_value());
        SIM_CHECK(back.take(self).has_value());
    }
}

void look_on(ThreadContext& self, void*) {
    while (!over) {
        for (u32 core = 0; core < max_cores; ++core) {
            recording->each(core, [](const TraceEvent& event) {
                const bool known =
                    event.kind == TraceKind::Switch || event.kind == TraceKind::Wake || event.kind == TraceKind::Timer;
                SIM_CHECK(known);
                SIM_CHECK(event.kind == TraceKind::Timer || event.subject < most_threads);
                SIM_CHECK(event.kind != TraceKind::Wake || event.detail < max_cores);
            });
        }
        yield(self);
    }
}

void run_pairs(bool every_event) {
    auto self = start_and_await_all();
    ThreadHandle threads[2 * pairs];
    ThreadHandle reader = must_spawn("reader", default_priority, look_on, nullptr);
    for (u32 n = 0; n < 2 * pairs; ++n)
        threads[n] = must_spawn("pair", static_cast<u8>(default_priority + n % 3),
                                n % 2 == 0 ? take_and_give : give_and_take, nullptr, n % 4 >= 2 ? 2u : every_core);
    u32 ids[2 * pairs];
    for (u32 n = 0; n < 2 * pairs; ++n) ids[n] = threads[n].record()->id;
    for (ThreadHandle thread : threads) must_join(self, thread);
    over = true;
    must_join(self, reader);
    u32 wakes[most_threads] = {};
    u32 waits[most_threads] = {};
    for (u32 core = 0; core < max_cores; ++core) {
        u32 runs = most_threads;
        recording->each(core, [&](const TraceEvent& event) {
            if (event.kind == TraceKind::Wake) wakes[event.subject] += 1;
            if (event.kind != TraceKind::Switch) return;
            const u32 gone = event.detail >> 4;
            SIM_CHECK(runs == most_threads || gone == runs);
            SIM_CHECK(gone != event.subject);
            runs = event.subject;
            if (static_cast<ThreadState>(event.detail & 15) == ThreadState::Blocked) waits[gone] += 1;
        });
    }
    if (!every_event) return;
    for (u32 id : ids) SIM_CHECK(wakes[id] == waits[id] + 1);
}

void recorded(u32 bits, bool every_event) {
    Recording here{bits};
    recording = &here;
    over = false;
    run_pairs(every_event);
}

}  // namespace

TEST_CASE("TRC03 recorded switches follow each other on each core, and who waited was woken once") {
    CHECK(run_seeds("TRC03", 60, {}, [] { recorded(shift, true); }));
}

TEST_CASE("TRC02 a ring that is overtaken while it is read shows whole events alone, in order") {
    CHECK(run_seeds("TRC02", 60, {.switch_one_in = 2}, [] { recorded(3, false); }));
}
