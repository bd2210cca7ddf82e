// SPDX-License-Identifier: MIT
//
// Timers on four cores: started here, cancelled there, and fired in between. Each start is one callback or one cancel
// that says it prevented it, never both and never neither; nothing is early, and nothing comes after the end of a life.

#include "threads.hpp"

#include <kernel/time/periodic.hpp>
#include <kernel/time/timer.hpp>
#include <kernel/wait/semaphore.hpp>

#include <doctest/doctest.h>

#include <memory>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 users = 5;

struct Account {
    u32 calls = 0;
    u64 due = 0;  // not before
    bool alive = true;
};

void settle(Account& account) {
    SIM_CHECK(account.alive);
    SIM_CHECK(arch::sim_counter >= account.due);
    account.calls += 1;
}

void let_time_pass(u32 points) {
    for (u32 n = choose(points); n > 0; --n) arch::sim_point();
}

// One round is one start, perhaps moved before it comes, and an end: the callback, or a cancel, from any core.
template <typename Kind, typename CancelAndWait>
void start_and_end(ThreadContext& self, Kind callback, CancelAndWait cancel_and_wait) {
    for (int life = 0; life < 4; ++life) {
        Account account;
        auto timer = callback(&account);
        for (int round = 0; round < 6; ++round) {
            const u32 before = account.calls;
            (void)set_affinity(current(), 1 + choose(15));
            // Near and far: in the heap, and in two levels of the wheel.
            u64 distance = choose(3) == 0 ? choose(2'000'000) : choose(3'000);
            account.due = arch::sim_counter + clock_scale.counts(nanoseconds(distance));
            SIM_CHECK(timer->start(nanoseconds(distance)).has_value());
            if (choose(3) == 0) {
                // Whatever of the first start came by now has come; what comes later is the second's.
                if (timer->cancel() || account.calls == before) {
                    u64 later = choose(5'000);
                    account.due = 0;
                    let_time_pass(40);
                    if (account.calls != before) continue;
                    if (!timer->armed()) {
                        SIM_CHECK(timer->start(nanoseconds(distance + later)).has_value());
                    }
                }
            }
            let_time_pass(200);
            if (choose(2) == 0) (void)set_affinity(current(), 1 + choose(15));
            if (choose(3) == 0) {
                while (account.calls == before && timer->armed()) sleep_for(self, nanoseconds(choose(3'000)));
            }
            bool prevented = cancel_and_wait(*timer);
            if (account.calls == before) SIM_CHECK(prevented);
            const u32 calls = account.calls;
            let_time_pass(60);
            SIM_CHECK(account.calls == calls && !timer->armed());
        }
        // The end of a life, armed or not.
        account.due = 0;
        SIM_CHECK(timer->start(nanoseconds(choose(4'000))).has_value());
        let_time_pass(150);
        timer.reset();
        account.alive = false;
        let_time_pass(150);
    }
}

// One start, one end: no more callbacks than starts that nobody prevented.
void one_start_one_end(ThreadContext&, void*) {
    Account account;
    HandlerTimer timer{[](HandlerTimer& it) noexcept { settle(*static_cast<Account*>(it.argument())); }, &account};
    for (int round = 0; round < 40; ++round) {
        const u32 before = account.calls;
        (void)set_affinity(current(), 1 + choose(15));
        u64 distance = choose(4) == 0 ? choose(100'000) : choose(2'000);
        account.due = arch::sim_counter + clock_scale.counts(nanoseconds(distance));
        SIM_CHECK(timer.start(nanoseconds(distance)).has_value());
        if (choose(2) == 0) (void)set_affinity(current(), 1 + choose(15));
        let_time_pass(150);
        bool prevented = timer.cancel_and_wait();
        SIM_CHECK(account.calls - before + (prevented ? 1 : 0) == 1);
    }
}

void in_handlers(ThreadContext& self, void*) {
    start_and_end(
        self,
        [](Account* account) {
            return std::make_unique<HandlerTimer>(
                [](HandlerTimer& it) noexcept { settle(*static_cast<Account*>(it.argument())); }, account);
        },
        [](HandlerTimer& timer) { return timer.cancel_and_wait(); });
}

void in_the_thread(ThreadContext& self, void*) {
    start_and_end(
        self,
        [](Account* account) {
            return std::make_unique<Timer>(
                [](ThreadContext& thread, Timer& it) {
                    Account& own = *static_cast<Account*>(it.argument());
                    if (choose(3) == 0) sleep_for(thread, nanoseconds(choose(500)));
                    settle(own);
                },
                account);
        },
        [&self](Timer& timer) { return timer.cancel_and_wait(self); });
}

template <auto Work>
void many() {
    start_all();
    auto self = boot_context();
    SIM_CHECK(start_timer_thread().has_value());
    ThreadHandle threads[users];
    for (u32 n = 0; n < users; ++n) threads[n] = must_spawn("user", static_cast<u8>(10 + choose(10)), Work, nullptr);
    for (ThreadHandle thread : threads) must_join(self, thread);
}

// What two threads do with one timer at once: whatever comes of it, nothing after its end.
HandlerTimer* shared = nullptr;
Account shared_account;

void use_shared(ThreadContext& self, void*) {
    for (int round = 0; round < 30; ++round) {
        switch (choose(5)) {
            case 0: (void)shared->start(nanoseconds(choose(3'000))); break;
            case 1: (void)shared->start(nanoseconds(choose(300'000)), microseconds(10 + choose(20))); break;
            case 2: (void)shared->cancel(); break;
            case 3: (void)set_affinity(current(), 1 + choose(15)); break;
            case 4: sleep_for(self, nanoseconds(choose(2'000))); break;
        }
    }
}

void together() {
    start_all();
    auto self = boot_context();
    auto timer = std::make_unique<HandlerTimer>(
        [](HandlerTimer& it) noexcept { settle(*static_cast<Account*>(it.argument())); }, &shared_account);
    shared = timer.get();
    ThreadHandle threads[4];
    for (ThreadHandle& thread : threads)
        thread = must_spawn("user", static_cast<u8>(10 + choose(5)), use_shared, nullptr);
    for (ThreadHandle thread : threads) must_join(self, thread);
    timer.reset();
    shared_account.alive = false;
    sleep_for(self, microseconds(400));
}

// Each wait ends once, by the give or by its time: and the time-out of one wait never ends the next.
Semaphore given{0};

void wait_with_time_outs(ThreadContext& self, void*) {
    for (int round = 0; round < 60; ++round) {
        const u64 begin = arch::sim_counter;
        const u64 limit = 1 + choose(2'000);
        Status status = given.take_for(self, nanoseconds(limit));
        if (!status) SIM_CHECK(arch::sim_counter >= begin + clock_scale.counts(nanoseconds(limit)));
        if (choose(2) == 0) let_time_pass(60);
    }
}

void give_at_random(ThreadContext& self, void*) {
    for (int round = 0; round < 80; ++round) {
        (void)given.give();
        if (choose(3) == 0) sleep_for(self, nanoseconds(choose(1'000)));
    }
}

void time_outs() {
    start_all();
    auto self = boot_context();
    ThreadHandle threads[5];
    for (u32 n = 0; n < 5; ++n)
        threads[n] =
            must_spawn("waits", static_cast<u8>(10 + choose(8)), n < 3 ? wait_with_time_outs : give_at_random, nullptr);
    for (ThreadHandle thread : threads) must_join(self, thread);
}

// TMR04: the first cancels the other, which is due at the same count.
u32 first_calls = 0;

void same_count() {
    start_all();
    auto self = boot_context();
    first_calls = 0;
    Account second;
    HandlerTimer victim{[](HandlerTimer& it) noexcept { settle(*static_cast<Account*>(it.argument())); }, &second};
    HandlerTimer first{[](HandlerTimer& it) noexcept {
                           SIM_CHECK(static_cast<HandlerTimer*>(it.argument())->cancel());
                           first_calls += 1;
                       },
                       &victim};
    Instant due = after(now(), nanoseconds(choose(100'000)));
    {
        PreemptionDisabled on_one_core;
        arch::IrqsMasked masked;
        SIM_CHECK(first.start_at(due).has_value());
        SIM_CHECK(victim.start_at(due).has_value());
    }
    while (first_calls == 0) sleep_for(self, microseconds(1));
    SIM_CHECK(!victim.armed());
    sleep_for(self, microseconds(5));
    SIM_CHECK(second.calls == 0);
}

void no_thread_no_timer() {
    SIM_CHECK(start_priority_scheduler().has_value());
    Timer timer{[](ThreadContext&, Timer&) {}};
    SIM_CHECK(timer.start(microseconds(1)).error() == Error::Invalid);
    SIM_CHECK(!timer.armed());
}

void loop_in_step() {
    start_all();
    auto self = boot_context();
    const u64 begin = now().counts;
    auto period = Periodic::every(microseconds(2), {begin});
    SIM_CHECK(period.has_value());
    const u64 counts = clock_scale.nearest_counts(microseconds(2));
    u64 passed = 0;
    for (int round = 0; round < 60; ++round) {
        const u64 missed = period->wait(self);
        passed += 1 + missed;
        SIM_CHECK(now().counts >= begin + passed * counts);
        let_time_pass(choose(4) == 0 ? 300 : 20);
    }
    SIM_CHECK(period->next().counts == begin + (passed + 1) * counts);
    SIM_CHECK(self.thread().deadline_misses.load(arch::Order::Relaxed) == period->missed());
}

void loop_without_period() {
    SIM_CHECK(start_priority_scheduler().has_value());
    SIM_CHECK(Periodic::every(Duration::zero()).error() == Error::Invalid);
}

}  // namespace

TEST_CASE("TMR08 each start is one callback or one cancel that prevented it, whichever cores they are made on") {
    CHECK(run_seeds("TMR08 each start", 300, {}, many<one_start_one_end>));
}
TEST_CASE("TMR08 nothing comes after cancel_and_wait or the destructor, from the interrupt") {
    CHECK(run_seeds("TMR08 nothing comes after cancel_and_wait or the destructor, from the interrupt", 150, {},
                    many<in_handlers>));
}
TEST_CASE("TMR08 nothing comes after cancel_and_wait or the destructor, from the timer thread") {
    CHECK(run_seeds("TMR08 nothing comes after cancel_and_wait or the destructor, from the timer thread", 150, {},
                    many<in_the_thread>));
}
TEST_CASE("TMR08 four threads use one timer at once, and nothing comes after its end") {
    CHECK(run_seeds("TMR08 four threads", 300, {}, together));
}
TEST_CASE("TMR03 a time-out ends its own wait, not before its time, and no other") {
    CHECK(run_seeds("TMR03 a time-out", 300, {}, time_outs));
}
TEST_CASE("TMR04 a callback cancels another that is due at the same count") {
    CHECK(run_seeds("TMR04", 100, {}, same_count));
}
TEST_CASE("TMR09 without its thread a timer does not start, and a period of zero is refused") {
    CHECK(run_seeds("TMR09", 2, {}, no_thread_no_timer));
    CHECK(run_seeds("TMR09", 2, {}, loop_without_period));
}
TEST_CASE("TMR02 a periodic loop stays in step, and counts what it missed") {
    CHECK(run_seeds("TMR02", 100, {}, loop_in_step));
}
