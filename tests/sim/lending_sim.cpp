// SPDX-License-Identifier: MIT
//
// Priorities that change while their threads wait for a mutex, or are on their way there: what the owner inherits and
// who is first follows, up and down. And what a stretch without preemption forbids.

#include "threads.hpp"

#include <kernel/wait/mutex.hpp>
#include <kernel/wait/semaphore.hpp>
#include <kernel/thread/thread_records.hpp>

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

}  // namespace

TEST_CASE("SCH03 who waits for a mutex, or is about to, lends what his priority becomes") {
    CHECK(run_seeds("SCH03", 300, {}, owner_inherits_the_change));
}
TEST_CASE("SCH08 a yield without preemption is refused by name") {
    CHECK(run_seeds("SCH08 a yield", 2, {}, yield_without_preemption));
}
