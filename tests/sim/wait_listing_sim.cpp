// SPDX-License-Identifier: MIT
//
// Who waits for whom, looked at while what is waited for is made, used and freed on other cores: a look that comes too late
// would read freed memory, which the address sanitizer sees.

#include "threads.hpp"

#include <kernel/wait/mutex.hpp>
#include <kernel/wait/semaphore.hpp>

#include <doctest/doctest.h>

#include <memory>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

void look(const ThreadInfo& info) {
    if (info.state != ThreadState::Blocked) {
        SIM_CHECK(info.waits_for == WaitKind::Nothing && info.waits_on == nullptr);
        return;
    }
    SIM_CHECK(info.waits_for == WaitKind::Nothing || info.waits_for == WaitKind::Thread ||
              info.waits_for == WaitKind::Mutex || info.waits_for == WaitKind::Semaphore);
    if (info.waits_on != nullptr) SIM_CHECK(info.waits_for == WaitKind::Mutex || info.waits_for == WaitKind::Thread);
}

// What one gives or unlocks the other one frees, as soon as it may.
struct Short {
    std::unique_ptr<Mutex> mutex = std::make_unique<Mutex>();
    std::unique_ptr<Semaphore> semaphore = std::make_unique<Semaphore>(0);
};

void give_and_unlock(ThreadContext& self, void* argument) {
    Short& objects = *static_cast<Short*>(argument);
    SIM_CHECK(objects.mutex->lock(self).has_value());
    SIM_CHECK(objects.semaphore->give().has_value());
    for (u32 n = choose(60); n > 0; --n) arch::sim_point();
    SIM_CHECK(objects.mutex->unlock(self).has_value());
}

void listed_while_they_vanish() {
    start_all();
    auto self = boot_context();
    arch::Atomic<bool> stop{false};
    auto list = [](ThreadContext& looker, void* end) {
        while (!static_cast<arch::Atomic<bool>*>(end)->load(arch::Order::Relaxed)) {
            for_each_thread([](const ThreadInfo& info) { look(info); });
            yield(looker);
        }
    };
    ThreadHandle lister = must_spawn("lister", default_priority, list, &stop);
    for (int round = 0; round < 12; ++round) {
        auto objects = std::make_unique<Short>();
        ThreadHandle other = must_spawn("other", default_priority, give_and_unlock, objects.get());
        if (choose(2) == 0) {
            SIM_CHECK(objects->semaphore->take(self).has_value());
            objects->semaphore.reset();
        } else {
            while (!objects->semaphore->take_for(self, nanoseconds(choose(500)))) {}
        }
        if (choose(3) != 0) {
            const Status locked =
                objects->mutex->lock_for(self, choose(2) == 0 ? Duration::forever() : nanoseconds(choose(900)));
            if (locked.has_value()) SIM_CHECK(objects->mutex->unlock(self).has_value());
        }
        must_join(self, other);
        objects.reset();
    }
    stop.store(true, arch::Order::Relaxed);
    must_join(self, lister);
}

Mutex first, second;
u32 owners = 0;

// Each owns one and waits for the other one's, not for good.
template <Mutex* Own, Mutex* Other>
void cross(ThreadContext& self, void*) {
    SIM_CHECK(Own->lock(self).has_value());
    owners += 1;
    while (owners < 2) yield(self);
    // Whoever gives up first lets the other one in.
    if (Other->lock_for(self, seconds(1)).has_value()) SIM_CHECK(Other->unlock(self).has_value());
    SIM_CHECK(Own->unlock(self).has_value());
}

void ring_is_seen() {
    start_all();
    auto self = boot_context();
    ThreadHandle a = must_spawn("a", 10, cross<&first, &second>, nullptr);
    ThreadHandle b = must_spawn("b", 10, cross<&second, &first>, nullptr);
    ThreadInfo of_a, of_b;
    do {
        yield(self);
        SIM_CHECK(look_at_thread(*a.record(), of_a) && look_at_thread(*b.record(), of_b));
    } while (of_a.state != ThreadState::Blocked || of_b.state != ThreadState::Blocked);
    SIM_CHECK(of_a.waits_for == WaitKind::Mutex && of_a.waits_on == b.record());
    SIM_CHECK(of_b.waits_for == WaitKind::Mutex && of_b.waits_on == a.record());
    SIM_CHECK(of_a.waits_since != 0 && of_a.waits_since <= arch::sim_counter);
    must_join(self, a);
    must_join(self, b);
}

}  // namespace

TEST_CASE("WDT05 who waits for what is listed while it is made, used and freed on other cores") {
    CHECK(run_seeds("WDT05 vanish", 60, {}, listed_while_they_vanish));
}
TEST_CASE("WDT05 of two threads each of which owns what the other one waits for the list names both as owners") {
    CHECK(run_seeds("WDT05 ring", 10, {}, ring_is_seen));
}
