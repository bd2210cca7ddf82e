// SPDX-License-Identifier: MIT
//
// What the lock graph learns from threads and handlers on four cores: an inversion is reported by whoever completes the
// second of two orders, at the first time, whatever the schedule was and whether or not anybody waited.

#include "threads.hpp"

#include <arch/handler.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/time/timer.hpp>
#include <kernel/wait/mutex.hpp>
#include <sync/lock_graph.hpp>
#include <sync/spin_lock.hpp>

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;
using sync::LockName;

namespace {

constexpr const char* both_orders = "locks are taken in one order here, and in the other one before";
constexpr const char* open_interrupts = "a lock that handlers take, or wait behind, is held with interrupts open";

// A backtrace of the simulation: who it was, and whether as a handler.
constexpr uptr in_handler_mark = 1;
usize trace_who(uptr, std::span<uptr> found) noexcept {
    found[0] = reinterpret_cast<uptr>(&current_thread());
    found[1] = arch::in_handler() ? in_handler_mark : 0;
    return 2;
}

const Thread* who(const sync::OrderStep& step) { return reinterpret_cast<const Thread*>(step.trace.frames[0]); }
bool by_handler(const sync::OrderStep& step) { return step.trace.frames[1] == in_handler_mark; }

// --- Mutexes: thread n has mutex n while it takes mutex n + 1.

struct Ring {
    Mutex mutexes[4];
    u32 size = 0;
    bool had[4] = {};
    const Thread* by[4] = {};
};
Ring ring;

void told_at_first_sight() {
    auto steps = sync::broken_order();
    SIM_CHECK(steps.size() == ring.size);
    for (const sync::OrderStep& step : steps) {
        SIM_CHECK(step.held.kind == LockName::Kind::Mutex && step.taken.kind == LockName::Kind::Mutex);
        u32 number = 0;
        while (number < ring.size && who(step) != ring.by[number]) ++number;
        SIM_CHECK(number < ring.size);
        // This one never had both before; each other had, once at least.
        const bool last = &step == &steps.back();
        SIM_CHECK(last == (who(step) == &current_thread()));
        SIM_CHECK(!last || !ring.had[number]);
    }
}

void take_in_turn(ThreadContext& self, void* argument) {
    const u32 number = static_cast<u32>(reinterpret_cast<uptr>(argument));
    ring.by[number] = &self.thread();
    Mutex& mine = ring.mutexes[number];
    Mutex& next = ring.mutexes[(number + 1) % ring.size];
    for (;;) {
        for (u32 n = choose(60); n > 0; --n) arch::sim_point();
        SIM_CHECK(mine.lock(self).has_value());
        for (u32 n = choose(20); n > 0; --n) arch::sim_point();
        // Where all of them stand here at once, one is refused, and nothing was had in that order.
        if (next.lock(self).has_value()) {
            ring.had[number] = true;
            SIM_CHECK(next.unlock(self).has_value());
        }
        SIM_CHECK(mine.unlock(self).has_value());
        yield(self);
    }
}

void orders_meet() {
    sync::set_trace_hook(trace_who);
    expected_end = both_orders;
    at_expected_end = told_at_first_sight;
    start_all();
    auto self = boot_context();
    ring.size = 2 + choose(3);
    ThreadHandle threads[4];
    for (u32 n = 0; n < ring.size; ++n)
        threads[n] = must_spawn("order", 12, take_in_turn, reinterpret_cast<void*>(uptr{n}));
    must_join(self, threads[0]);
}

// The same order everywhere, tries against it, and mutexes that come and go at one address.
void take_lawfully(ThreadContext& self, void*) {
    for (u32 round = 0; round < 12; ++round) {
        const u32 first = choose(3);
        const u32 second = first + 1 + choose(3 - first);
        SIM_CHECK(ring.mutexes[first].lock(self).has_value());
        SIM_CHECK(ring.mutexes[second].lock(self).has_value());
        if (Status tried = ring.mutexes[(first + 3) % 4].try_lock(self); tried.has_value())
            SIM_CHECK(ring.mutexes[(first + 3) % 4].unlock(self).has_value());
        Mutex passing;
        const bool turned = choose(2) == 0;
        if (!turned) SIM_CHECK(passing.lock(self).has_value());
        SIM_CHECK(ring.mutexes[second].unlock(self).has_value());
        SIM_CHECK(ring.mutexes[first].unlock(self).has_value());
        if (turned) SIM_CHECK(passing.lock(self).has_value());
        SIM_CHECK(passing.unlock(self).has_value());
    }
}

void one_order() {
    sync::set_trace_hook(trace_who);
    start_all();
    auto self = boot_context();
    ThreadHandle threads[4];
    for (ThreadHandle& thread : threads) thread = must_spawn("lawful", 12, take_lawfully, nullptr);
    for (ThreadHandle thread : threads) must_join(self, thread);
    SIM_CHECK(sync::lock_graph.passed_over() == 0);
}

// --- A spin lock: a timer's callback takes it, and a thread whose proof lies.

sync::SpinLock<sync::LockRank::IrqTable> shared;
u32 by_handlers = 0;
u32 with_interrupts_open = 0;

void told_with_both_sides() {
    auto steps = sync::broken_order();
    SIM_CHECK(steps.size() == 2);
    SIM_CHECK(by_handler(steps[0]) != by_handler(steps[1]));
    for (const sync::OrderStep& step : steps) {
        const bool handler = step.held.kind == LockName::Kind::Handlers;
        SIM_CHECK(handler == by_handler(step));
        SIM_CHECK((handler ? step.taken : step.held).kind == LockName::Kind::Spin);
        SIM_CHECK((handler ? step.taken : step.held).rank == sync::LockRank::IrqTable);
    }
    // At first sight: nobody had done both before.
    SIM_CHECK(by_handlers == 0 || with_interrupts_open == 0);
}

void lie(ThreadContext& self, void*) {
    for (;;) {
        for (u32 n = choose(200); n > 0; --n) arch::sim_point();
        {
            arch::IrqsMasked masked;
            *arch::sim_irqs_masked = false;
            sync::LockGuard guard{shared, masked};
            *arch::sim_irqs_masked = true;  // the dead-lock itself never happens
            with_interrupts_open += 1;
        }
        sleep_for(self, nanoseconds(1 + choose(3000)));
    }
}

void handler_and_thread() {
    sync::set_trace_hook(trace_who);
    expected_end = open_interrupts;
    at_expected_end = told_with_both_sides;
    start_all();
    auto self = boot_context();
    HandlerTimer timer{[](HandlerTimer&) noexcept {
        sync::IrqLockGuard guard{shared};
        by_handlers += 1;
    }};
    SIM_CHECK(timer.start(nanoseconds(1 + choose(9000)), microseconds(10)).has_value());
    must_join(self, must_spawn("lies", 12, lie, nullptr));
}

}  // namespace

TEST_CASE("LCK06 the first to complete the second of two orders is told of both, whatever the schedule") {
    CHECK(run_seeds("LCK06-orders", 150, {}, orders_meet));
    CHECK(run_seeds("LCK06-orders", 50, {.switch_one_in = 2, .hold_one_in = 30}, orders_meet));
}
TEST_CASE("LCK06 one order, tries against it, and mutexes that come and go are no inversion") {
    CHECK(run_seeds("LCK06-lawful", 50, {}, one_order));
}
TEST_CASE("LCK05 a lock that a handler took and a thread holds with interrupts open is told at first sight") {
    CHECK(run_seeds("LCK05", 100, {}, handler_and_thread));
}
