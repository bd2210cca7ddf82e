// SPDX-License-Identifier: MIT
//
// The list of all threads, looked at while threads come and go on other cores.

#include "threads.hpp"

#include <kernel/thread/thread_records.hpp>

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

u32 listed(u32 id) {
    u32 times = 0;
    for_each_thread([&](const ThreadInfo& info) { times += info.id == id ? 1 : 0; });
    return times;
}

// The simulation's memory has an order: that another core sees the state before the core that was written ahead of it
// is written down by hand.
void half_seen() {
    start_all();
    static Thread half;
    register_record(half);
    half.state = ThreadState::Ready;
    SIM_CHECK(listed(half.id) == 0);
    half.state = ThreadState::Free;
    half.core.store(&cores[0], arch::Order::Relaxed);
    SIM_CHECK(listed(half.id) == 0);
}

void live_shortly(ThreadContext& self, void*) { yield(self); }

void listed_while_started() {
    start_all();
    auto self = boot_context();
    arch::Atomic<bool> stop{false};
    auto look = [](ThreadContext& looker, void* end) {
        while (!static_cast<arch::Atomic<bool>*>(end)->load(arch::Order::Relaxed)) {
            // Each is there once, itself among them.
            SIM_CHECK(listed(looker.thread().id) == 1);
            yield(looker);
        }
    };
    ThreadHandle looker = must_spawn("looker", default_priority, look, &stop);
    for (int round = 0; round < 6; ++round) {
        ThreadHandle threads[3];
        for (ThreadHandle& thread : threads) thread = must_spawn("short", default_priority, live_shortly, nullptr);
        for (ThreadHandle thread : threads) must_join(self, thread);
    }
    stop.store(true, arch::Order::Relaxed);
    must_join(self, looker);
}

}  // namespace

TEST_CASE("SHL05 a thread that is only half visible to another core is not in its list") {
    CHECK(sim::run_seeds("SHL05 half seen", 1, {}, half_seen));
}
TEST_CASE("SHL05 threads are listed whole while others are started and end") {
    CHECK(sim::run_seeds("SHL05", 40, {}, listed_while_started));
}
