// SPDX-License-Identifier: MIT
//
// Hand-offs between two cores, through everything that a thread can wait for: none is lost, and where time is counted
// the waiter runs within two ticks of the post. Its post comes at any moment from long before the wait to long after.

#include "threads.hpp"

#include <kernel/time/counted_time.hpp>
#include <kernel/wait/barrier.hpp>
#include <kernel/wait/condition.hpp>
#include <kernel/wait/event_flags.hpp>
#include <kernel/wait/handler_ring.hpp>
#include <kernel/wait/latch.hpp>
#include <kernel/wait/message_queue.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/wait/object_pool.hpp>
#include <kernel/wait/once.hpp>
#include <kernel/wait/shared_mutex.hpp>

#include <optional>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr Duration patience = seconds(10);

// `post(self, round)` on core 0 ends `wait(self, round)` on another core. `prepare` comes before the waiter is let go.
template <typename Prepare, typename Wait, typename Post>
void hand_off(SelfTestRun& run, Prepare prepare, Wait wait, Post post) {
    if (cores_online() != max_cores) SKIP("not all cores are online");
    TestFlow flow{1};
    const bool counted = time_is_counted(flow.self);
    const u64 rounds = run.scaled(100'000'000, 100'000);
    Semaphore go;
    Semaphore done;
    arch::Atomic<u64> posted{0};
    u64 latest = 0;
    TestThread waiter{
        run, flow, {.name = "waiter", .priority = test_priority, .affinity = 0b1110}, [&](ThreadContext& self) {
            for (u64 n = 0; n < rounds && !run.failed(); ++n) {
                EXPECT(go.take_for(self, patience).has_value());
                wait(self, n);
                const u64 late = arch::counter() - posted.load(Order::Acquire);
                if (late > latest) latest = late;
                EXPECT(done.give().has_value());
            }
        }};
    u32 random = 99 + static_cast<u32>(run.pass());
    for (u64 n = 0; n < rounds && !run.failed(); ++n) {
        prepare(flow.self, n);
        EXPECT(go.give().has_value());
        random = random * 1664525 + 1013904223;
        for (u32 delay = (random >> 16) % 400; delay != 0; --delay) arch::relax();
        posted.store(arch::counter(), Order::Release);
        post(flow.self, n);
        EXPECT(done.take_for(flow.self, patience).has_value());
    }
    // Where one side gave up the other one waits for its turn no longer than it said.
    waiter.join();
    if (counted) EXPECT(latest <= clock_scale.counts(Duration{2 * 1'000'000'000 / ticks_per_second}));
}

constexpr auto nothing = [](ThreadContext&, u64) {};

}  // namespace

SELFTEST("SMP04", "semaphore: no hand-off between two cores is lost, and the waiter runs within two ticks (counted)") {
    Semaphore semaphore;
    hand_off(
        run, nothing, [&](ThreadContext& self, u64) { EXPECT(semaphore.take_for(self, patience).has_value()); },
        [&](ThreadContext&, u64) { EXPECT(semaphore.give().has_value()); });
}

SELFTEST("SMP04", "mutex: no hand-off between two cores is lost, and the waiter runs within two ticks (counted)") {
    Mutex mutex;
    hand_off(
        run, [&](ThreadContext& self, u64) { EXPECT(mutex.lock_for(self, patience).has_value()); },
        [&](ThreadContext& self, u64) {
            EXPECT(mutex.lock_for(self, patience).has_value());
            EXPECT(mutex.unlock(self).has_value());
        },
        [&](ThreadContext& self, u64) { EXPECT(mutex.unlock(self).has_value()); });
}

SELFTEST("SMP04", "condition: no hand-off between two cores is lost, and the waiter runs within two ticks (counted)") {
    Mutex mutex;
    Condition condition;
    u64 sent = 0;
    hand_off(
        run, nothing,
        [&](ThreadContext& self, u64 n) {
            MutexGuard guard{mutex, self};
            while (sent != n + 1 && !run.failed()) EXPECT(condition.wait_for(self, mutex, patience).has_value());
        },
        [&](ThreadContext& self, u64 n) {
            {
                MutexGuard guard{mutex, self};
                sent = n + 1;
            }
            if (n % 2 == 0) condition.signal();
            else condition.broadcast();
        });
}

SELFTEST("SMP04",
         "event flags: no hand-off between two cores is lost, and the waiter runs within two ticks (counted)") {
    EventFlags events;
    hand_off(
        run, nothing,
        [&](ThreadContext& self, u64 n) {
            const EventWant want{1u << n % 32, EventWant::Match::All, EventWant::OnExit::Clear};
            EXPECT(events.wait_for(self, want, patience).has_value());
        },
        [&](ThreadContext&, u64 n) { EXPECT(events.set(1u << n % 32).has_value()); });
}

SELFTEST("SMP04", "queue: no hand-off to a receiver or a sender on another core is lost, within two ticks (counted)") {
    MessageQueue<u64, 1> queue;
    // Even rounds: it waits for an item. Odd ones: for room.
    hand_off(
        run,
        [&](ThreadContext&, u64 n) {
            if (n % 2 != 0) EXPECT(queue.try_send(n).has_value());
        },
        [&](ThreadContext& self, u64 n) {
            if (n % 2 == 0) EXPECT(queue.receive_for(self, patience) == Result<u64>{n});
            else EXPECT(queue.send_for(self, n + 1, patience).has_value());
        },
        [&](ThreadContext& self, u64 n) {
            if (n % 2 == 0) {
                EXPECT(queue.try_send(n).has_value());
            } else {
                EXPECT(queue.try_receive() == Result<u64>{n});
                EXPECT(queue.receive_for(self, patience) == Result<u64>{n + 1});
            }
        });
}

SELFTEST("SMP04", "barrier: no meeting of two cores is missed, and who waits runs within two ticks (counted)") {
    Barrier barrier{2};
    hand_off(
        run, nothing, [&](ThreadContext& self, u64) { EXPECT(barrier.wait_for(self, patience).has_value()); },
        [&](ThreadContext& self, u64) { EXPECT(barrier.wait_for(self, patience).has_value()); });
}

SELFTEST("SMP04", "latch: no opening is missed on another core, and the waiter runs within two ticks (counted)") {
    std::optional<Latch> latch;
    hand_off(
        run, [&](ThreadContext&, u64) { latch.emplace(1u); },
        [&](ThreadContext& self, u64) { EXPECT(latch->wait_for(self, patience).has_value()); },
        [&](ThreadContext&, u64) { EXPECT(latch->count_down().has_value()); });
}

SELFTEST("SMP04",
         "shared mutex: no hand-off to a reader or a writer on another core is lost, within two ticks (counted)") {
    SharedMutex mutex;
    // A writer that waits for a reader, a reader for a writer, a writer for a writer.
    hand_off(
        run,
        [&](ThreadContext& self, u64 n) {
            const Status had = n % 3 == 0 ? mutex.lock_shared_for(self, patience) : mutex.lock_for(self, patience);
            EXPECT(had.has_value());
        },
        [&](ThreadContext& self, u64 n) {
            const Status had = n % 3 == 1 ? mutex.lock_shared_for(self, patience) : mutex.lock_for(self, patience);
            EXPECT(had.has_value());
            EXPECT((n % 3 == 1 ? mutex.unlock_shared(self) : mutex.unlock(self)).has_value());
        },
        [&](ThreadContext& self, u64 n) {
            EXPECT((n % 3 == 0 ? mutex.unlock_shared(self) : mutex.unlock(self)).has_value());
        });
}

SELFTEST("SMP04",
         "handler ring: no item is missed by a reader on another core, which runs within two ticks (counted)") {
    HandlerRing<u64, 4> ring;
    hand_off(
        run, nothing, [&](ThreadContext& self, u64 n) { EXPECT(ring.get_for(self, patience) == Result<u64>{n}); },
        [&](ThreadContext&, u64 n) { EXPECT(ring.put(n).has_value()); });
}

SELFTEST("SMP04",
         "pool: no object that comes back is missed on another core, where it is had within two ticks (counted)") {
    ObjectPool<u64, 1> pool;
    Result<ObjectPoolOf<u64>::Object> mine{fail(Error::WouldBlock)};
    hand_off(
        run,
        [&](ThreadContext&, u64 n) {
            mine = pool.try_make(n);
            EXPECT(mine.has_value());
        },
        [&](ThreadContext& self, u64 n) { EXPECT(pool.make_for(self, patience, n + 1).has_value()); },
        [&](ThreadContext&, u64) {
            if (mine.has_value()) mine->reset();
        });
}

SELFTEST("SMP04",
         "once: no end of an attempt is missed on another core, and who waits runs within two ticks (counted)") {
    std::optional<Once> once;
    Semaphore begun;
    Semaphore may_end;
    // Made by a third thread, because the attempt has begun when the waiter is let go, and ends later.
    TestFlow flow{1};
    arch::Atomic<bool> over{false};
    TestThread maker{
        run, flow, {.name = "maker", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
            for (u64 n = 0;; ++n) {
                EXPECT(begun.take(self).has_value());
                if (over.load(Order::Relaxed)) return;
                             // Every other attempt fails, and then the waiter makes it.
                static_cast<void>(once->call(self, [&]() -> Status {
                    EXPECT(may_end.take(self).has_value());
                    return n % 2 == 0 ? Status{} : fail(Error::Device);
                }));
            }
        }};
    hand_off(
        run,
        [&](ThreadContext&, u64) {
            once.emplace();
            EXPECT(begun.give().has_value());
        },
        [&](ThreadContext& self, u64) {
            EXPECT(once->call_for(self, patience, [] { return Status{}; }).has_value());
            EXPECT(once->done());
        },
        [&](ThreadContext&, u64) { EXPECT(may_end.give().has_value()); });
    over.store(true, Order::Relaxed);
    EXPECT(begun.give().has_value());
}

SELFTEST("SMP05", "the stack of a thread that blocks on one core while another wakes it is one core's at a time") {
    if (cores_online() != max_cores) SKIP("not all cores are online");
    TestFlow flow{1};
    Semaphore gate;
    arch::Atomic<bool> stop{false};
    const u64 rounds = run.scaled(10'000'000);
    constexpr u64 enough = 16;
    arch::Atomic<bool> over{false};
    arch::Atomic<u64> moved{0};
    {
        TestThread sleeper{
            run, flow, {.name = "sleeper", .priority = test_priority, .affinity = 0b1110}, [&](ThreadContext& self) {
                // On its stack: which core it is on, and since which round.
                u64 canary[16];
                arch::Atomic<u64*> place{canary};  // so that each look is one
                u64 wrong = 0;
                u64 last = 0;
                for (u64 n = 1; !over.load(Order::Relaxed); ++n) {
                    {
                        PreemptionDisabled here;
                        const u64 mine = n << 8 | here.core().id;
                        u64* words = place.load(Order::Relaxed);
                        for (u64& word : canary) word = mine;
                        arch::compiler_fence();
                        for (u32 looks = n % 4; looks != 0; --looks) {
                            for (u32 at = 0; at < 16; ++at) wrong += words[at] != mine;
                            wrong += here.core().id != arch::core_id();
                            arch::relax();
                        }
                        if (last != 0 && (last & 0xff) != (mine & 0xff)) moved.fetch_add(1, Order::Relaxed);
                        last = mine;
                    }
                    EXPECT(gate.take_for(self, seconds(20)).has_value());
                    // What it left there: on whichever core it goes on, nobody has run on it in between.
                    arch::compiler_fence();
                    for (u32 at = 0; at < 16; ++at) wrong += place.load(Order::Relaxed)[at] != last;
                }
                EXPECT_EQ(wrong, 0u);
            }};
        // Takes the sleeper's core away: when it is woken it goes to another one, on which it runs at once.
        TestThread chaser{
            run, flow, {.name = "chaser", .priority = test_priority + 1, .affinity = 2}, [&](ThreadContext& self) {
                for (u32 n = 0; !stop.load(Order::Relaxed); ++n) {
                    EXPECT(set_affinity(self.handle(), 2u << n % 3).has_value());
                    for (u32 delay = 0; delay < 200; ++delay) arch::relax();
                    sleep_for(self, microseconds(20));
                }
            }};
        // One unit a round, at once: the sleeper is on its way into the wait. Where the host has fewer processors than
        // there are cores, two may do all rounds before the chaser's core runs at all: they go on until it had its way.
        const Instant end = after(now(), seconds(60));
        for (u64 n = 0; n < rounds || (moved.load(Order::Relaxed) < enough && !run.failed() && now() < end); ++n) {
            EXPECT(gate.give().has_value());
            while (gate.count() > 0 && !run.failed()) arch::relax();
        }
        // Relaxed: the sleeper takes the unit behind it, and with that one sees it.
        over.store(true, Order::Relaxed);
        EXPECT(gate.give().has_value());
        sleeper.join();
        stop.store(true, Order::Relaxed);
    }
    EXPECT(moved.load(Order::Relaxed) >= enough);
}
