// SPDX-License-Identifier: MIT
//
// Figures of the scheduler: giving way, and a thread's whole life.

#include "operation.hpp"

namespace quartet::bench {
namespace {

struct Rounds {
    u64 count;
};

void yield_as_often(kernel::ThreadContext& self, void* argument) {
    const u64 rounds = static_cast<Rounds*>(argument)->count;
    for (u64 n = 0; n < rounds; ++n) kernel::yield(self);
}

void nothing(kernel::ThreadContext&, void*) {}

}  // namespace

// Two equals, each of which yields as often as the other: two switches a round.
Measured yield_switch(kernel::ThreadContext& self, u64 rounds) {
    Rounds others{warm_up + rounds + warm_up};
    auto other = spawn_here(yield_as_often, &others, priority);
    if (!other) return {};
    for (u64 n = 0; n < warm_up; ++n) kernel::yield(self);
    const u64 begin = arch::instruction_count();
    for (u64 n = 0; n < rounds; ++n) kernel::yield(self);
    const u64 end = arch::instruction_count();
    if (!kernel::join(self, *other)) return {};
    return {end - begin, 2 * rounds};
}

Measured yield_alone(kernel::ThreadContext& self, u64 rounds) {
    for (u64 n = 0; n < warm_up; ++n) kernel::yield(self);
    const u64 begin = arch::instruction_count();
    for (u64 n = 0; n < rounds; ++n) kernel::yield(self);
    return {arch::instruction_count() - begin, rounds};
}

// The child has the higher priority: it runs and ends before `spawn` returns, and `join` finds it ended.
Measured spawn_join(kernel::ThreadContext& self, u64 rounds) {
    u64 begin = 0;
    for (u64 n = 0; n < warm_up + rounds; ++n) {
        if (n == warm_up) begin = arch::instruction_count();
        auto child = spawn_here(nothing, nullptr, higher_priority);
        if (!child || !kernel::join(self, *child)) return {};
    }
    return {arch::instruction_count() - begin, rounds};
}

}  // namespace quartet::bench
