// SPDX-License-Identifier: MIT
//
// What threads leave in the SIMD registers, on four cores, while they are preempted, block and are sent from core to core.

#include "threads.hpp"

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 user_count = 8;
constexpr u32 others_count = 4;
ThreadHandle users[user_count];
ThreadHandle others[others_count];

void pass_points(u32 most) {
    for (u32 n = choose(most); n > 0; --n) arch::sim_point();
}

// Gives somebody a turn, or has oneself sent away: each a way to leave the core and to come back on another one.
void leave_somehow(ThreadContext& self) {
    switch (choose(4)) {
        case 0: return yield(self);
        case 1: return sleep_for(self, nanoseconds(1 + choose(3000)));
        case 2: return void(set_affinity(self.handle(), 1u << choose(max_cores)));
        default: return pass_points(40);
    }
}

struct User {
    u64 number;
    u32 rounds;
};

void use_simd(ThreadContext& self, void* argument) {
    const User& user = *static_cast<User*>(argument);
    // Whoever ran here before left his own.
    SIM_CHECK(simd_registers().q[0][0] == 0);
    SIM_CHECK(simd_registers().fpsr == 0);
    for (u64 round = 1; round <= user.rounds; ++round) {
        const u64 mine = user.number << 32 | round;
        simd_registers().q[0][0] = mine;
        arch::sim_point();
        simd_registers().q[31][1] = ~mine;
        simd_registers().fpcr = mine + 1;
        simd_registers().fpsr = mine + 2;
        for (u32 n = 1 + choose(3); n > 0; --n) {
            leave_somehow(self);
            SIM_CHECK(simd_registers().q[0][0] == mine);
            arch::sim_point();
            SIM_CHECK(simd_registers().q[31][1] == ~mine);
            SIM_CHECK(simd_registers().fpcr == mine + 1);
            SIM_CHECK(simd_registers().fpsr == mine + 2);
        }
    }
}

void use_none(ThreadContext& self, void*) {
    for (u32 round = 0; round < 12; ++round) leave_somehow(self);
}

void simd_on_four_cores() {
    start_all();
    auto self = boot_context();
    for (u64 wave = 0; wave < 2; ++wave) {
        User user[user_count];
        for (u64 n = 0; n < user_count; ++n) {
            user[n] = {wave * user_count + n + 1, 3 + choose(4)};
            users[n] = must_spawn("user", static_cast<u8>(10 + choose(3)), use_simd, &user[n]);
        }
        for (ThreadHandle& other : others)
            other = must_spawn("other", static_cast<u8>(10 + choose(3)), use_none, nullptr);
        for (u32 n = 0; n < 20; ++n) {
            // One that has ended meanwhile is refused: not yet joined, its record is still its own.
            (void)set_affinity(users[choose(user_count)], 1 + choose(every_core));
            sleep_for(self, nanoseconds(1 + choose(2000)));
        }
        for (ThreadHandle user_thread : users) must_join(self, user_thread);
        for_each_thread([](const ThreadInfo& info) { SIM_CHECK(!info.simd); });
        for (ThreadHandle other : others) must_join(self, other);
    }
    u64 saves = 0;
    for (const Core& core : cores) saves += core.simd_saves;
    SIM_CHECK(saves > 0);
}

}  // namespace

TEST_CASE("SMP07 what a thread left in the SIMD registers is there wherever it runs next, and nobody else finds it") {
    CHECK(run_seeds("SMP07", 100, {}, simd_on_four_cores));
}
