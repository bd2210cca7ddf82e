// SPDX-License-Identifier: MIT
//
// Threads that end while they own a mutex, on four cores, while others come for it, wait, and give up.

#include "threads.hpp"

#include <kernel/wait/recursive_mutex.hpp>
#include <kernel/thread/thread_records.hpp>

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

RecursiveMutex robust;
bool half_changed = false;  // what the mutex guards
u32 deaths = 0;
u32 tellings = 0;

Status lock_somehow(ThreadContext& self) {
    switch (choose(4)) {
        case 0: return robust.try_lock(self);
        case 1: return robust.lock_for(self, nanoseconds(1 + choose(4000)));
        default: return robust.lock(self);
    }
}

// Whether the mutex is had now. Who is told that the owner ended finds the state half changed, and nobody else does.
bool have_it(ThreadContext& self) {
    Status locked = lock_somehow(self);
    if (!locked.has_value() && locked.error() != Error::OwnerDead) return false;
    SIM_CHECK(robust.owned_by(self.thread()));
    SIM_CHECK(half_changed == !locked.has_value());
    tellings += half_changed ? 1 : 0;
    return true;
}

void die_at_random(ThreadContext& self, void*) {
    for (int round = 0; round < 8; ++round) {
        if (!have_it(self)) continue;
        half_changed = true;
        bool twice = choose(3) == 0;
        if (twice) SIM_CHECK(robust.lock(self).has_value());
        for (u32 n = choose(60); n > 0; --n) arch::sim_point();
        if (choose(6) == 0) {
            deaths += 1;
            return;
        }
        if (twice) SIM_CHECK(robust.unlock(self).has_value());
        half_changed = false;
        SIM_CHECK(robust.unlock(self).has_value());
    }
}

void owners_end() {
    start_all();
    auto self = boot_context();
    for (int wave = 0; wave < 4; ++wave) {
        ThreadHandle threads[6];
        for (ThreadHandle& thread : threads)
            thread = must_spawn("mortal", static_cast<u8>(8 + choose(16)), die_at_random, nullptr);
        for (u32 n = choose(4); n > 0; --n) (void)set_priority(threads[choose(6)], static_cast<u8>(8 + choose(16)));
        for (ThreadHandle thread : threads) must_join(self, thread);
    }
    while (!have_it(self)) {}
    SIM_CHECK(tellings == deaths);
    for_each_thread([&](const ThreadInfo& info) { SIM_CHECK(info.priority == info.base_priority); });
}

void give_it_back(ThreadContext& self, void*) {
    SIM_CHECK(robust.lock(self).has_value());
    for (u32 n = choose(40); n > 0; --n) arch::sim_point();
    SIM_CHECK(robust.unlock(self).has_value());
}

// Nobody ends with it, so nobody is told so.
void nobody_died() {
    start_all();
    auto self = boot_context();
    for (int wave = 0; wave < 30; ++wave) {
        ThreadHandle threads[4];
        for (ThreadHandle& thread : threads)
            thread = must_spawn("brief", static_cast<u8>(8 + choose(16)), give_it_back, nullptr);
        for (ThreadHandle thread : threads) must_join(self, thread);
    }
}

}  // namespace

TEST_CASE("MTX07 whoever gets the mutex of an owner that ended is told, once, and owns it") {
    CHECK(run_seeds("MTX07", 80, {}, owners_end));
}
TEST_CASE("MTX07 an owner that gave the mutex back and ended is not taken for one that ended with it") {
    CHECK(run_seeds("MTX07", 250, {.hold_one_in = 8}, nobody_died));
}
