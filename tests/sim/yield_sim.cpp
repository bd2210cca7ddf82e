// SPDX-License-Identifier: MIT
//
// Threads of one priority that go round on a core, while another one takes them elsewhere whatever they are about to do.

#include "threads.hpp"

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 turners = 8;

ThreadHandle turning[turners];
u32 turns[turners];
bool moving = true;

void turn(ThreadContext& self, void* number) {
    u32& mine = turns[reinterpret_cast<uptr>(number)];
    while (moving) {
        yield(self);
        mine += 1;
    }
}

// Above them, so that each request takes whoever runs there in the middle of something.
void take_elsewhere(ThreadContext&, void*) {
    for (u32 round = 0; round < 60; ++round)
        SIM_CHECK(set_affinity(turning[choose(turners)], 1u << choose(max_cores)).has_value());
    moving = false;
}

void move_who_yields() {
    auto self = start_and_await_all();
    for (u32 n = 0; n < turners; ++n)
        turning[n] =
            must_spawn("turning", default_priority, turn, reinterpret_cast<void*>(uptr{n}), 1u << n % max_cores);
    ThreadHandle mover = must_spawn("mover", default_priority + 1, take_elsewhere, nullptr);
    must_join(self, mover);
    for (ThreadHandle thread : turning) must_join(self, thread);
}

}  // namespace

TEST_CASE("B6 who yields goes round on the core that it is on, wherever it is taken before it masks interrupts") {
    CHECK(run_seeds("B6", 60, {}, move_who_yields));
    CHECK(run_seeds("B6", 60, {.switch_one_in = 2}, move_who_yields));
}
