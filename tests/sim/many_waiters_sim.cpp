// SPDX-License-Identifier: MIT
//
// A hundred threads that wait for one thing: who is woken in which order, who by a broadcast and who not, by a close while
// time-outs race with it, and for how long that masks interrupts.

#include "threads.hpp"

#include <kernel/wait/condition.hpp>
#include <kernel/wait/semaphore.hpp>
#include <sync/lock_graph.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 many = 100;

void start_all_and_wait() {
    start_all();
    for (u32 core = 1; core < max_cores; ++core) SIM_CHECK(await_core(core, seconds(1)));
}

// --- Order

struct Ordered {
    Semaphore* semaphore;
    std::vector<u32>* order;
    u32 number;
    u32 arrival;
    u8 priority;
};

void wait_in_order(ThreadContext& self, void* argument) {
    Ordered& it = *static_cast<Ordered*>(argument);
    static_cast<void>(it.semaphore->take(self));
    it.order->push_back(it.number);
}

// One core. Whoever is spawned waits before this goes on; who is woken runs after this, by priority.
void order_of(bool by_close) {
    SIM_CHECK(start_priority_scheduler().has_value());
    auto self = boot_context();
    Semaphore semaphore;
    std::vector<u32> order;
    std::vector<Ordered> waiters;
    ThreadHandle threads[many];
    SIM_CHECK(set_priority(current(), 1).has_value());
    u32 arrivals = 0;
    for (u32 n = 0; n < many; ++n)
        waiters.push_back({&semaphore, &order, n, arrivals++, static_cast<u8>(2 + choose(28))});
    for (u32 n = 0; n < many; ++n) threads[n] = must_spawn("waiter", waiters[n].priority, wait_in_order, &waiters[n]);
    // A change of priority is an arrival among the new equals.
    for (u32 changes = 0; changes < 30; ++changes) {
        Ordered& it = waiters[choose(many)];
        auto priority = static_cast<u8>(2 + choose(28));
        if (priority == it.priority) continue;
        it.priority = priority;
        it.arrival = arrivals++;
        SIM_CHECK(set_priority(threads[it.number], priority).has_value());
    }
    SIM_CHECK(set_priority(current(), highest_priority).has_value());
    if (by_close) semaphore.close();
    else
        for (u32 n = 0; n < many; ++n) SIM_CHECK(semaphore.give().has_value());
    SIM_CHECK(order.empty());
    for (ThreadHandle thread : threads) must_join(self, thread);
    std::sort(waiters.begin(), waiters.end(), [](const Ordered& a, const Ordered& b) {
        return a.priority != b.priority ? a.priority > b.priority : a.arrival < b.arrival;
    });
    SIM_CHECK(order.size() == many);
    for (u32 n = 0; n < many; ++n) SIM_CHECK(order[n] == waiters[n].number);
}

void order_of_gives() { order_of(false); }
void order_of_a_close() { order_of(true); }

// --- Broadcast

Mutex mutex;
Condition condition;
u32 waiting = 0;
u32 wakes[many] = {};
u32 deleted = 0;
bool meddling = true;
ThreadHandle waiters[many];

// Waits again as soon as it was woken: while the same broadcast goes on, where it is the more important thread.
void wait_again_and_again(ThreadContext& self, void* argument) {
    u32& woken = *static_cast<u32*>(argument);
    MutexGuard guard{mutex, self};
    for (;;) {
        waiting += 1;
        Status waited = condition.wait(self, mutex);
        waiting -= 1;
        if (!waited.has_value()) {
            SIM_CHECK(waited.error() == Error::Deleted);
            deleted += 1;
            return;
        }
        woken += 1;
    }
}

void change_priorities(ThreadContext& self, void*) {
    while (meddling) {
        SIM_CHECK(set_priority(waiters[choose(many)], static_cast<u8>(10 + choose(16))).has_value());
        if (choose(8) == 0) sleep_for(self, nanoseconds(choose(2000)));
    }
}

// Until all have been woken `round` times and wait: whoever counted himself under the mutex has announced his wait when it
// is free.
void await_all(ThreadContext& self, u32 round) {
    for (;;) {
        {
            MutexGuard guard{mutex, self};
            if (waiting == many && *std::min_element(wakes, wakes + many) >= round) return;
        }
        sleep_for(self, microseconds(5));
    }
}

void broadcasts_wake_once() {
    start_all_and_wait();
    auto self = boot_context();
    for (u32 n = 0; n < many; ++n)
        waiters[n] = must_spawn("waiter", static_cast<u8>(10 + choose(16)), wait_again_and_again, &wakes[n]);
    ThreadHandle meddler = must_spawn("meddler", 16, change_priorities, nullptr);
    await_all(self, 0);
    for (u32 round = 1; round <= 3; ++round) {
        condition.broadcast();
        await_all(self, round);
        for (u32 woken : wakes) SIM_CHECK(woken == round);
    }
    meddling = false;
    must_join(self, meddler);
    condition.close();
    for (ThreadHandle waiter : waiters) must_join(self, waiter);
    SIM_CHECK(deleted == many);
    for (u32 woken : wakes) SIM_CHECK(woken == 3);
}

// A signal while a broadcast goes on is for who joined after it: never for one whom the broadcast wakes anyway.
u32 late_wakes = 0;
bool broadcast_begun = false;

void wait_once(ThreadContext& self, void* argument) {
    MutexGuard guard{mutex, self};
    waiting += 1;
    SIM_CHECK(condition.wait(self, mutex).has_value());
    *static_cast<u32*>(argument) += 1;
}

void join_late_and_signal(ThreadContext& self, void*) {
    SIM_CHECK(broadcast_begun);
    ThreadHandle late = must_spawn("late", 30, wait_once, &late_wakes, 1);
    condition.signal();
    must_join(self, late);
    SIM_CHECK(late_wakes == 1);
}

void interrupt_the_broadcast(ThreadContext& self, void* argument) {
    wait_once(self, argument);
    ThreadHandle thread = must_spawn("late signal", 29, join_late_and_signal, nullptr, 1);
    must_join(self, thread);
}

void signal_during_broadcast() {
    SIM_CHECK(start_priority_scheduler().has_value());
    auto self = boot_context();
    waiters[0] = must_spawn("first", 28, interrupt_the_broadcast, &wakes[0], 1);
    for (u32 n = 1; n < many; ++n) waiters[n] = must_spawn("waiter", 20, wait_once, &wakes[n], 1);
    broadcast_begun = true;
    condition.broadcast();
    for (ThreadHandle waiter : waiters) must_join(self, waiter);
    for (u32 woken : wakes) SIM_CHECK(woken == 1);
}

// --- Close

Semaphore* closing = nullptr;
u32 returned = 0;

u32 all = 0;

void wait_to_the_end(ThreadContext& self, void* argument) {
    const auto* limit = static_cast<const Duration*>(argument);
    Status status = closing->take_for(self, *limit);
    SIM_CHECK(status.error() == Error::Deleted || (*limit != Duration::forever() && status.error() == Error::Timeout));
    // The last of them: whoever closes has nobody left to wake, and does not look whether he has.
    if (++returned == all) delete closing;
}

void last_one_destroys() {
    start_all_and_wait();
    auto self = boot_context();
    closing = new Semaphore;
    returned = 0;
    all = many;
    SIM_CHECK(set_priority(current(), 9).has_value());
    Duration forever = Duration::forever();
    for (ThreadHandle& waiter : waiters)
        waiter = must_spawn("waiter", static_cast<u8>(10 + choose(16)), wait_to_the_end, &forever);
    sleep_for(self, milliseconds(1));
    closing->close();
    for (ThreadHandle waiter : waiters) must_join(self, waiter);
    SIM_CHECK(returned == many);
}

// More than are woken in one step, and the one who is left for the next goes by himself.
void last_one_times_out() {
    start_all_and_wait();
    auto self = boot_context();
    closing = new Semaphore;
    returned = 0;
    all = 8 + choose(4);
    SIM_CHECK(set_priority(current(), 9).has_value());
    Duration forever = Duration::forever();
    Duration about_then = {milliseconds(1).ns + choose(40'000)};
    for (u32 n = 0; n < all; ++n)
        waiters[n] = must_spawn("waiter", n < 8 ? 20 : 10, wait_to_the_end, n < 8 ? &forever : &about_then);
    sleep_for(self, milliseconds(1));
    closing->close();
    for (u32 n = 0; n < all; ++n) must_join(self, waiters[n]);
    SIM_CHECK(returned == all);
}

u32 given = 0;
u32 taken = 0;
u32 ended = 0;

void race_with_the_close(ThreadContext& self, void* argument) {
    Semaphore& semaphore = *static_cast<Semaphore*>(argument);
    for (;;) {
        Status status = semaphore.take_for(self, nanoseconds(1 + choose(20'000)));
        if (status.has_value()) {
            taken += 1;
        } else if (status.error() == Error::Deleted) {
            ended += 1;
            return;
        } else {
            SIM_CHECK(status.error() == Error::Timeout);
        }
    }
}

void close_while_time_is_out() {
    start_all_and_wait();
    auto self = boot_context();
    Semaphore semaphore;
    // Above all of them before they are there: together they may want more than four cores, and never rest.
    SIM_CHECK(set_priority(current(), 27).has_value());
    for (ThreadHandle& waiter : waiters)
        waiter = must_spawn("waiter", static_cast<u8>(10 + choose(16)), race_with_the_close, &semaphore);
    for (; given < 60; ++given) {
        SIM_CHECK(semaphore.give().has_value());
        for (u32 n = choose(60); n > 0; --n) arch::sim_point();
    }
    i32 left = semaphore.count();
    while (left != 0) {
        sleep_for(self, microseconds(5));
        left = semaphore.count();
    }
    semaphore.close();
    for (ThreadHandle waiter : waiters) must_join(self, waiter);
    SIM_CHECK(ended == many && taken == given);
}

// --- How long interrupts are masked

void wait_for_one(ThreadContext& self, void* argument) {
    static_cast<void>(static_cast<Semaphore*>(argument)->take(self));
}

void wait_for_condition(ThreadContext& self, void*) {
    MutexGuard guard{mutex, self};
    static_cast<void>(condition.wait(self, mutex));
}

u64 masked_by_close(ThreadContext& self, u32 count) {
    Semaphore semaphore;
    for (u32 n = 0; n < count; ++n) waiters[n] = must_spawn("waiter", 20, wait_for_one, &semaphore);
    PreemptionDisabled alone;
    static_cast<void>(longest_masked());
    semaphore.close();
    u64 longest = longest_masked();
    static_cast<void>(self);
    return longest;
}

u64 masked_by_broadcast(u32 count) {
    for (u32 n = 0; n < count; ++n) waiters[n] = must_spawn("waiter", 20, wait_for_condition, nullptr);
    PreemptionDisabled alone;
    static_cast<void>(longest_masked());
    condition.broadcast();
    return longest_masked();
}

// One core, and time stands still between ticks: what is counted is the same in every run.
void masked_stretches() {
    sync::AnyOrder any;  // what is learned the first time would make the first stretch longer
    SIM_CHECK(start_priority_scheduler().has_value());
    auto self = boot_context();
    u64 few[2], more[2];
    for (u32 count : {16u, 96u}) {
        u64(&longest)[2] = count == 16 ? few : more;
        longest[0] = masked_by_close(self, count);
        for (u32 n = 0; n < count; ++n) must_join(self, waiters[n]);
        longest[1] = masked_by_broadcast(count);
        for (u32 n = 0; n < count; ++n) must_join(self, waiters[n]);
    }
    for (u32 n = 0; n < 2; ++n) {
        SIM_CHECK(few[n] > 8);  // points: something was measured
        SIM_CHECK(more[n] <= few[n] + few[n] / 4);
    }
}

}  // namespace

TEST_CASE("SEM02 MTX10 100 waiters are given to by priority, then arrival, and a change of priority counts") {
    CHECK(run_seeds("SEM02", 10, {}, order_of_gives));
    CHECK(run_seeds("SEM02", 10, {}, order_of_a_close));
}
TEST_CASE("CND01 a broadcast wakes each of 100 waiters once, whoever joins again or changes priority meanwhile") {
    CHECK(run_seeds("CND01", 20, {.most_points = 20'000'000}, broadcasts_wake_once));
}
TEST_CASE("CND01 a signal during a broadcast is for who joined after it") {
    CHECK(run_seeds("CND01", 10, {}, signal_during_broadcast));
}
TEST_CASE("SEM04 the last of 100 waiters that a close wakes may destroy the semaphore") {
    CHECK(run_seeds("SEM04", 10, {}, last_one_destroys));
}
TEST_CASE("SEM04 who closes does not come back to a semaphore of which the last waiter timed out between two steps") {
    CHECK(run_seeds("SEM04", 2000, {}, last_one_times_out));
}
TEST_CASE("SEM04 time-outs that race with gives and a close have one result each") {
    CHECK(run_seeds("SEM04", 10, {.most_points = 20'000'000}, close_while_time_is_out));
}
TEST_CASE("SEM04 CND01 a close and a broadcast mask interrupts for 96 waiters no longer than for 16") {
    CHECK(run_seeds("SEM04", 10, {}, masked_stretches));
}
