// SPDX-License-Identifier: MIT
//
// Figures of semaphore and mutex: free, with a waiter of higher priority, and between two cores.

#include "operation.hpp"

#include <kernel/wait/mutex.hpp>
#include <kernel/wait/semaphore.hpp>

namespace quartet::bench {
namespace {

// A waiter of higher priority: it takes as often as it is told to, and notes when.
struct Waiter {
    kernel::Semaphore semaphore;
    u64 rounds = 0;
    u64 given = 0;  // when the giver gave
    u64 sum = 0;    // from there to here, of the rounds after the warm-up
};

void wait_in_turn(kernel::ThreadContext& self, void* argument) {
    auto& waiter = *static_cast<Waiter*>(argument);
    for (u64 n = 0; n < waiter.rounds; ++n) {
        static_cast<void>(waiter.semaphore.take(self));
        const u64 now = arch::instruction_count();
        if (n >= warm_up) waiter.sum += now - waiter.given;
    }
}

void only_take(kernel::ThreadContext& self, void* argument) {
    auto& waiter = *static_cast<Waiter*>(argument);
    for (u64 n = 0; n < waiter.rounds; ++n) static_cast<void>(waiter.semaphore.take(self));
}

struct PingPong {
    kernel::Semaphore ping;
    kernel::Semaphore pong;
    u64 rounds = 0;
};

void answer(kernel::ThreadContext& self, void* argument) {
    auto& game = *static_cast<PingPong*>(argument);
    for (u64 n = 0; n < game.rounds; ++n) {
        static_cast<void>(game.ping.take(self));
        static_cast<void>(game.pong.give());
    }
}

u32 another_core() {
    const u32 here = kernel::recent_core();
    for (u32 id = max_cores; id-- != 0;) {
        if (id != here && kernel::cores[id].state.load(arch::Order::Relaxed) == kernel::CoreState::Online) return id;
    }
    return here;
}

}  // namespace

Measured semaphore_pair(kernel::ThreadContext& self, u64 rounds) {
    kernel::Semaphore semaphore{1};
    const u64 begin = arch::instruction_count();
    for (u64 n = 0; n < rounds; ++n) {
        static_cast<void>(semaphore.take(self));
        static_cast<void>(semaphore.give());
    }
    return {arch::instruction_count() - begin, rounds};
}

Measured mutex_pair(kernel::ThreadContext& self, u64 rounds) {
    kernel::Mutex mutex;
    const u64 begin = arch::instruction_count();
    for (u64 n = 0; n < rounds; ++n) {
        static_cast<void>(mutex.lock(self));
        static_cast<void>(mutex.unlock(self));
    }
    return {arch::instruction_count() - begin, rounds};
}

Measured give_wake(kernel::ThreadContext& self, u64 rounds) {
    Waiter waiter;
    waiter.rounds = warm_up + rounds;
    auto thread = spawn_here(wait_in_turn, &waiter, higher_priority);
    if (!thread) return {};
    for (u64 n = 0; n < warm_up + rounds; ++n) {
        waiter.given = arch::instruction_count();
        static_cast<void>(waiter.semaphore.give());
    }
    if (!kernel::join(self, *thread)) return {};
    return {waiter.sum, rounds};
}

Measured give_wake_return(kernel::ThreadContext& self, u64 rounds) {
    Waiter waiter;
    waiter.rounds = warm_up + rounds + 1;
    auto thread = spawn_here(only_take, &waiter, higher_priority);
    if (!thread) return {};
    for (u64 n = 0; n < warm_up; ++n) static_cast<void>(waiter.semaphore.give());
    const u64 begin = arch::instruction_count();
    for (u64 n = 0; n < rounds; ++n) static_cast<void>(waiter.semaphore.give());
    const u64 end = arch::instruction_count();
    static_cast<void>(waiter.semaphore.give());  // its last round ends it, which is not in the figure
    if (!kernel::join(self, *thread)) return {};
    return {end - begin, rounds};
}

// One there and back a round; the counter is common to all cores, so both cores' work is in it.
Measured semaphore_cross_core(kernel::ThreadContext& self, u64 rounds) {
    const u32 there = another_core();
    if (there == kernel::recent_core()) return {};
    PingPong game;
    game.rounds = warm_up + rounds;
    auto thread = kernel::spawn({.name = "bench helper", .priority = priority, .affinity = 1u << there}, answer, &game);
    if (!thread) return {};
    u64 begin = 0;
    for (u64 n = 0; n < warm_up + rounds; ++n) {
        if (n == warm_up) begin = arch::instruction_count();
        static_cast<void>(game.ping.give());
        static_cast<void>(game.pong.take(self));
    }
    const u64 end = arch::instruction_count();
    if (!kernel::join(self, *thread)) return {};
    return {end - begin, rounds};
}

}  // namespace quartet::bench
