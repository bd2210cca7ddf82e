// SPDX-License-Identifier: MIT
//
// Four simulated cores that look at each other's hearts: none is called hung that takes interrupts, idle or busy; one that does
// not is called by its name, after the limit.

#include "controller.hpp"
#include "threads.hpp"

#include <kernel/fault/fault_words.hpp>
#include <kernel/fault/heartbeat.hpp>
#include <sync/spin_lock.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 limit_ms = 250;

u32 hung = max_cores;  // whom the scenario lets stand still
u64 stands_since = 0;
bool standing = false;
bool may_go = false;

void stand_still(ThreadContext&, void*) {
    static sync::SpinLock<sync::LockRank::WaitQueue> lock;
    sync::IrqLockGuard guard{lock};
    stands_since = arch::sim_counter;
    standing = true;
    while (!may_go) arch::relax();
}

void judge(const void* given) {
    const auto& note = *static_cast<const PanicNote*>(given);
    const std::string words{note.what};
    SIM_CHECK(note.kind == "hang" && arch::sim_core_id != hung);
    SIM_CHECK(words.starts_with("core " + std::to_string(hung) + " has not moved for 250 ms"));
    const usize taken = words.find(", with the WaitQueue spin lock (taken at ");
    const bool names = words.find("tests/sim/heartbeat_sim.cpp:", taken) != std::string::npos;
    SIM_CHECK(names == checks_enabled);
    const u64 ms = (arch::sim_counter - stands_since) * 1000 / clock_scale.hertz();
    // Its last beat was at most a quarter before, and a watcher looks a quarter later; more where time passes in leaps.
    SIM_CHECK(ms >= limit_ms - limit_ms / heartbeat_looks - 1 && ms <= 2 * limit_ms);
    end_well();
}

void one_is_hung() {
    start_interrupts();
    auto self = start_and_await_all();
    (void)set_affinity(current(), 1);
    watch_heartbeats(self, limit_ms);
    sleep_for(self, milliseconds(choose(1000)));
    hung = 1 + choose(3);
    at_panic = judge;
    must_spawn("stands", 20, stand_still, nullptr, 1u << hung);
    sleep_for(self, seconds(1));
    fail("nobody has seen that a core is hung");
}

void nobody_is_hung() {
    start_interrupts();
    auto self = start_and_await_all();
    watch_heartbeats(self, limit_ms);
    sleep_for(self, seconds(3));  // all idle
    for (int n = 0; n < 50; ++n) yield(self);
    // Nobody is called hung that a debugger lets stand still, and what was seen before counts no longer when it goes on.
    (void)set_affinity(current(), 1);
    hold_heartbeats(true);
    ThreadHandle thread = must_spawn("stands", 20, stand_still, nullptr, 1u << (1 + choose(3)));
    while (!standing) yield(self);
    sleep_for(self, seconds(2));
    hold_heartbeats(false);
    sleep_for(self, milliseconds(limit_ms / 2));
    may_go = true;
    must_join(self, thread);
    sleep_for(self, seconds(1));
    // And where nobody looks.
    watch_heartbeats(self, 0);
    standing = may_go = false;
    thread = must_spawn("stands", 20, stand_still, nullptr, 2);
    while (!standing) yield(self);
    sleep_for(self, seconds(2));
    may_go = true;
    must_join(self, thread);
}

}  // namespace

TEST_CASE("WDT02 a core that takes no interrupts is called hung by another one, with its locks, after the limit") {
    CHECK(run_seeds("WDT02 one", 40, {.leap_one_in = 20, .leap_at_rest = true, .longest_flight = 40'000'000},
                    one_is_hung));
}
TEST_CASE("WDT02 no core is called hung that takes interrupts, nor one that a debugger holds, nor where nobody looks") {
    CHECK(run_seeds("WDT02 none", 20, {.leap_one_in = 20, .leap_at_rest = true, .longest_flight = 40'000'000},
                    nobody_is_hung));
}
