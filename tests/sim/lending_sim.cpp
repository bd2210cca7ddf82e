// SPDX-License-Identifier: MIT
//
// Priorities that change while their threads wait for a mutex, or are on their way there: what the owner inherits and
// who is first follows, up and down. And what a stretch without preemption forbids.

#include "threads.hpp"

#include <kernel/wait/mutex.hpp>
#include <kernel/wait/semaphore.hpp>
#include <kernel/thread/thread_records.hpp>

#include <bit>

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u8 owner_priority = 10;
constexpr u8 waiter_priority = 12;

Mutex contested;
Semaphore owned{0};
Semaphore let_go{0};

void own(ThreadContext& self, void*) {
    SIM_CHECK(contested.lock(self).has_value());
    SIM_CHECK(owned.give().has_value());
    SIM_CHECK(let_go.take(self).has_value());
    SIM_CHECK(contested.unlock(self).has_value());
    SIM_CHECK(*priority_of(self.handle()) == owner_priority);
}

void want(ThreadContext& self, void*) {
    SIM_CHECK(contested.lock(self).has_value());
    SIM_CHECK(contested.unlock(self).has_value());
}

ThreadState state_of(ThreadHandle thread) {
    ThreadState state = ThreadState::Free;
    for_each_thread([&](const ThreadInfo& info) {
        if (info.id == thread.record()->id) state = info.state;
    });
    return state;
}

void owner_inherits_the_change() {
    start_all();
    auto self = boot_context();
    ThreadHandle owner = must_spawn("owner", owner_priority, own, nullptr);
    SIM_CHECK(owned.take(self).has_value());
    ThreadHandle waiter = must_spawn("waiter", waiter_priority, want, nullptr);
    // It is anywhere between its first instruction and its wait.
    for (u32 n = choose(400); n > 0; --n) arch::sim_point();
    const u8 raised = static_cast<u8>(17 + choose(10));
    SIM_CHECK(set_priority(waiter, raised).has_value());
    while (state_of(waiter) != ThreadState::Blocked) arch::sim_point();
    SIM_CHECK(*priority_of(owner) == raised);
    SIM_CHECK(set_priority(waiter, 14).has_value());
    SIM_CHECK(*priority_of(owner) == 14);
    SIM_CHECK(set_priority(waiter, 5).has_value());
    SIM_CHECK(*priority_of(owner) == owner_priority);
    SIM_CHECK(let_go.give().has_value());
    must_join(self, owner);
    must_join(self, waiter);
}

void yield_without_preemption() {
    SIM_CHECK(start_priority_scheduler().has_value());
    auto self = boot_context();
    expected_end = "a thread must not yield with preemption disabled";
    PreemptionDisabled section;
    yield(self);
    SIM_CHECK(false);
}

// Who of two waits first, and when the one of lower priority is raised above the other, is left to chance.
Semaphore* wanted = nullptr;
u32 first_served = 0;

void take_it(ThreadContext& self, void* number) {
    SIM_CHECK(wanted->take(self).has_value());
    if (first_served == 0) first_served = static_cast<u32>(std::bit_cast<uptr>(number));
}

void changed_on_the_way_to_a_wait() {
    start_all();
    auto self = boot_context();
    SIM_CHECK(set_priority(current(), 25).has_value());
    Semaphore semaphore{0};
    wanted = &semaphore;
    ThreadHandle steady = must_spawn("steady", 11, take_it, std::bit_cast<void*>(uptr{1}));
    ThreadHandle raised = must_spawn("raised", 9, take_it, std::bit_cast<void*>(uptr{2}));
    for (u32 n = choose(400); n > 0; --n) arch::sim_point();
    SIM_CHECK(set_priority(raised, 13).has_value());
    auto waits = [](ThreadHandle thread) { return thread.record()->state == ThreadState::Blocked; };
    while (!waits(steady) || !waits(raised)) sleep_for(self, nanoseconds(200));
    SIM_CHECK(semaphore.give().has_value());
    while (first_served == 0) sleep_for(self, nanoseconds(200));
    SIM_CHECK(first_served == 2);
    SIM_CHECK(semaphore.give().has_value());
    must_join(self, steady);
    must_join(self, raised);
}

}  // namespace

TEST_CASE("SCH03 who is about to wait for a semaphore stands there by what his priority becomes") {
    CHECK(run_seeds("SCH03 who is about to wait", 600, {}, changed_on_the_way_to_a_wait));
}
TEST_CASE("SCH03 who waits for a mutex, or is about to, lends what his priority becomes") {
    CHECK(run_seeds("SCH03", 300, {}, owner_inherits_the_change));
}
TEST_CASE("SCH08 a yield without preemption is refused by name") {
    CHECK(run_seeds("SCH08 a yield", 2, {}, yield_without_preemption));
}
