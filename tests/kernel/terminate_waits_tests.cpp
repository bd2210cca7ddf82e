// SPDX-License-Identifier: MIT
//
// A thread is ended while it waits, in each list that a thread can wait in: those before and behind it are served as if
// it had never come, what it asked for is not given to it, and the object goes on. (Semaphore, condition, mutex and join:
// terminate_tests.cpp.)

#include "victim.hpp"

#include <kernel/wait/barrier.hpp>
#include <kernel/wait/event_flags.hpp>
#include <kernel/wait/handler_ring.hpp>
#include <kernel/wait/latch.hpp>
#include <kernel/wait/message_queue.hpp>
#include <kernel/wait/object_pool.hpp>
#include <kernel/wait/once.hpp>
#include <kernel/wait/shared_mutex.hpp>
#include <mm/memory.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using enum EventWant::Match;
using enum EventWant::OnExit;

ThreadOptions above(u8 by, const char* name = "waiter") {
    return {.name = name, .priority = static_cast<u8>(test_priority + by), .affinity = 1};
}

// Of those who are not ended: finds a hang.
constexpr Duration patience = seconds(10);

// The records and stacks of three threads, at most.
constexpr u64 kept_frames = 3 * (default_stack_size / page_size + 1);

}  // namespace

SELFTEST("SCH05", "a thread is terminated at a barrier: it has not come, and the round is whole without it") {
    TestFlow flow;
    Barrier barrier{3};
    u32 passed = 0;
    u32 lasts = 0;
    auto meet = [&](ThreadContext& self) {
        auto last = barrier.wait_for(self, patience);
        passed += last.has_value() ? 1u : 0u;
        lasts += last == Result<bool>{true} ? 1u : 0u;
    };
    for (u32 round = 0; round < 3; ++round) {
        passed = lasts = 0;
        TestThread before{run, flow, above(1), meet};
        Victim victim{run, flow, above(static_cast<u8>(1 + round % 3)),
                      [&](ThreadContext& self) { static_cast<void>(barrier.wait(self)); }};
        EXPECT(victim.end());
        // One is there: two are missing, and not one.
        EXPECT(barrier.wait_for(flow.self, Duration::zero()) == Result<bool>{fail(Error::WouldBlock)});
        TestThread second{run, flow, above(2), meet};
        EXPECT_EQ(passed, 0u);
        EXPECT(barrier.wait_for(flow.self, Duration::zero()) == Result<bool>{true});
        EXPECT_EQ(passed, 2u);
        EXPECT_EQ(lasts, 0u);
    }
}

SELFTEST("SCH05", "a thread is terminated at a latch: those before and behind it go on when it opens") {
    TestFlow flow;
    Latch latch{2};
    u32 order[3] = {};
    u32 passed = 0;
    auto wait = [&](u32 number) {
        return [&, number](ThreadContext& self) {
            EXPECT(latch.wait_for(self, patience).has_value());
            order[passed++ % 3] = number;
        };
    };
    TestThread first{run, flow, above(2), wait(1)};
    Victim victim{run, flow, above(2), [&](ThreadContext& self) { static_cast<void>(latch.wait(self)); }};
    Victim timed{run, flow, above(3),
                 [&](ThreadContext& self) { static_cast<void>(latch.wait_for(self, seconds(3600))); }};
    // Ended by its arrival it has counted all the same.
    Victim arrived{run, flow, above(1), [&](ThreadContext& self) { static_cast<void>(latch.arrive_and_wait(self)); }};
    TestThread equal{run, flow, above(2), wait(2)};
    TestThread last{run, flow, above(1), wait(3)};
    EXPECT(victim.end() && timed.end() && arrived.end());
    EXPECT(latch.try_wait() == Status{fail(Error::WouldBlock)});
    EXPECT_EQ(passed, 0u);
    EXPECT(latch.count_down().has_value());
    EXPECT_EQ(passed, 3u);
    EXPECT(order[0] == 1 && order[1] == 2 && order[2] == 3);
    EXPECT(latch.try_wait().has_value());
}

SELFTEST("SCH05", "a reader and a writer are terminated while they wait for a shared mutex: who was behind is let in") {
    TestFlow flow;
    SharedMutex mutex;
    u32 inside = 0;
    auto read = [&](ThreadContext& self) {
        EXPECT(mutex.lock_shared_for(self, patience).has_value());
        inside += 1;
        EXPECT(mutex.unlock_shared(self).has_value());
    };
    auto write = [&](ThreadContext& self) {
        EXPECT(mutex.lock_for(self, patience).has_value());
        inside += 10;
        EXPECT(mutex.unlock(self).has_value());
    };
    // A reader that waits for a writer: nobody reads when the writer is gone.
    EXPECT(mutex.lock(flow.self).has_value());
    {
        Victim reader{run, flow, above(2), [&](ThreadContext& self) { static_cast<void>(mutex.lock_shared(self)); }};
        TestThread other{run, flow, above(1), read};
        EXPECT(reader.end());
        EXPECT_EQ(inside, 0u);
        EXPECT(mutex.unlock(flow.self).has_value());
        EXPECT_EQ(inside, 1u);
    }
    EXPECT(mutex.try_lock(flow.self).has_value());
    EXPECT(mutex.unlock(flow.self).has_value());
    // A writer that waits for a reader, and holds back the readers behind it: they enter when it is gone.
    EXPECT(mutex.lock_shared(flow.self).has_value());
    {
        Victim writer{run, flow, above(2), [&](ThreadContext& self) { static_cast<void>(mutex.lock(self)); }};
        TestThread reader{run, flow, above(1), read};
        TestThread next{run, flow, above(1), write};
        EXPECT_EQ(inside, 1u);
        EXPECT(mutex.try_lock_shared(flow.self) == Status{fail(Error::WouldBlock)});
        EXPECT(writer.end());
        EXPECT_EQ(inside, 2u);
        // Not past the writer that still waits.
        EXPECT(mutex.unlock_shared(flow.self).has_value());
        EXPECT_EQ(inside, 12u);
    }
    // The one writer: the way is free for readers again.
    EXPECT(mutex.lock_shared(flow.self).has_value());
    Victim timed{run, flow, above(2),
                 [&](ThreadContext& self) { static_cast<void>(mutex.lock_for(self, seconds(3600))); }};
    EXPECT(mutex.try_lock_shared(flow.self) == Status{fail(Error::WouldBlock)});
    EXPECT(timed.end());
    EXPECT(mutex.try_lock_shared(flow.self).has_value());
    EXPECT(mutex.unlock_shared(flow.self).has_value());
    EXPECT(mutex.unlock_shared(flow.self).has_value());
    EXPECT(mutex.unlock_shared(flow.self) == Status{fail(Error::NotOwner)});
    EXPECT(mutex.try_lock(flow.self).has_value());
    EXPECT(mutex.unlock(flow.self).has_value());
}

SELFTEST("SCH05", "a thread is terminated while another one initialises: it does not try, and who is behind it does") {
    TestFlow flow;
    Once once;
    Semaphore go;
    u32 tries = 0;
    TestThread maker{run, flow, above(4), [&](ThreadContext& self) {
                         EXPECT(once.call(self, [&]() -> Status {
                             EXPECT(go.take(self).has_value());
                             return fail(Error::NoMemory);
                         }) == Status{fail(Error::NoMemory)});
                     }};
    Victim victim{run, flow, above(3), [&](ThreadContext& self) {
                      static_cast<void>(once.call(self, [&]() -> Status {
                          tries += 100;
                          return {};
                      }));
                  }};
    TestThread behind{run, flow, above(2), [&](ThreadContext& self) {
                          EXPECT(once.call_for(self, patience,
                                               [&]() -> Status {
                                                   tries += 1;
                                                   return {};
                                               })
                                     .has_value());
                      }};
    EXPECT(victim.end());
    EXPECT_EQ(tries, 0u);
    EXPECT(go.give().has_value());
    EXPECT_EQ(tries, 1u);
    EXPECT(once.done());
    // The only one who waited: the next attempt is whoever's comes.
    Once alone;
    EXPECT(alone.call(flow.self, [&]() -> Status {
        Victim waiting{run, flow, above(1),
                       [&](ThreadContext& self) { static_cast<void>(alone.call(self, [] { return Status{}; })); }};
        EXPECT(waiting.end());
        return fail(Error::Device);
    }) == Status{fail(Error::Device)});
    EXPECT(alone.call_for(flow.self, Duration::zero(), [] { return Status{}; }).has_value());
    EXPECT(alone.done());
}

SELFTEST("SCH05", "the reader of a handler's ring is terminated: the ring keeps what comes, for the next reader") {
    TestFlow flow;
    HandlerRing<u32, 4> ring;
    Victim reader{run, flow, above(1), [&](ThreadContext& self) { static_cast<void>(ring.get(self)); }};
    EXPECT(ring.get_for(flow.self, milliseconds(1)) == Result<u32>{fail(Error::Busy)});
    EXPECT(reader.end());
    EXPECT(ring.put(1).has_value());
    EXPECT_EQ(ring.size(), 1u);
    EXPECT(ring.get_for(flow.self, Duration::zero()) == Result<u32>{1});
    EXPECT(ring.get_for(flow.self, microseconds(50)) == Result<u32>{fail(Error::Timeout)});
    u32 got = 0;
    TestThread next{run, flow, above(1), [&](ThreadContext& self) { got = ring.get_for(self, patience).value_or(99); }};
    EXPECT(ring.put(2).has_value());
    EXPECT_EQ(got, 2u);
    EXPECT_EQ(ring.size(), 0u);
}

SELFTEST("SCH05", "senders to both ends and a receiver of a queue are terminated: no item of theirs, none for them") {
    TestFlow flow;
    MessageQueue<u32, 1> queue;
    EXPECT(queue.send(flow.self, 1).has_value());
    {
        Victim back{run, flow, above(2), [&](ThreadContext& self) { static_cast<void>(queue.send(self, 90)); }};
        Victim front{run, flow, above(3),
                     [&](ThreadContext& self) { static_cast<void>(queue.send_to_front(self, 91)); }};
        Victim timed{run, flow, above(1),
                     [&](ThreadContext& self) { static_cast<void>(queue.send_for(self, 92, seconds(3600))); }};
        TestThread first{run, flow, above(2),
                         [&](ThreadContext& self) { EXPECT(queue.send_for(self, 2, patience).has_value()); }};
        TestThread last{run, flow, above(1),
                        [&](ThreadContext& self) { EXPECT(queue.send_to_front_for(self, 3, patience).has_value()); }};
        EXPECT(back.end() && front.end() && timed.end());
        EXPECT_EQ(queue.size(), 1u);
        for (u32 wanted : {1u, 2u, 3u}) EXPECT(queue.try_receive() == Result<u32>{wanted});
        EXPECT(queue.try_receive() == Result<u32>{fail(Error::WouldBlock)});
    }
    u32 got = 0;
    {
        Victim receiver{run, flow, above(2), [&](ThreadContext& self) { static_cast<void>(queue.receive(self)); }};
        TestThread other{run, flow, above(1),
                         [&](ThreadContext& self) { got = queue.receive_for(self, patience).value_or(99); }};
        EXPECT(receiver.end());
        EXPECT(queue.send(flow.self, 4).has_value());
        EXPECT_EQ(got, 4u);
    }
    Victim alone{run, flow, above(2), [&](ThreadContext& self) { static_cast<void>(queue.receive(self)); }};
    EXPECT(alone.end());
    EXPECT(queue.try_send(5).has_value());
    EXPECT(queue.try_receive() == Result<u32>{5});
}

SELFTEST("SCH05", "a thread is terminated while it waits for event flags: it clears none, and the next one has them") {
    TestFlow flow;
    EventFlags events;
    u32 got[2] = {};
    Victim any{run, flow, above(4),
               [&](ThreadContext& self) { static_cast<void>(events.wait(self, {3, Any, Clear})); }};
    Victim all{run, flow, above(3),
               [&](ThreadContext& self) { static_cast<void>(events.wait_for(self, {3, All, Clear}, seconds(3600))); }};
    TestThread first{run, flow, above(3), [&](ThreadContext& self) {
                         got[0] = events.wait_for(self, {1, All, Clear}, patience).value_or(99);
                     }};
    TestThread second{run, flow, above(2), [&](ThreadContext& self) {
                          got[1] = events.wait_for(self, {2, Any, Keep}, patience).value_or(99);
                      }};
    EXPECT(any.end() && all.end());
    EXPECT(events.set(3).has_value());
    EXPECT(got[0] == 1 && got[1] == 2);
    EXPECT_EQ(events.flags(), 2u);
    EXPECT(events.clear(2).has_value());
}

SELFTEST("SCH05",
         "a thread is terminated while it waits for an object of a pool: the next one has it, and none is lost") {
    TestFlow flow;
    ObjectPool<u64, 2> pool;
    {
        auto one = pool.try_make(u64{1});
        auto two = pool.try_make(u64{2});
        REQUIRE(one.has_value() && two.has_value());
        u64 had = 0;
        Victim victim{run, flow, above(2), [&](ThreadContext& self) { static_cast<void>(pool.make(self, u64{90})); }};
        Victim timed{run, flow, above(3),
                     [&](ThreadContext& self) { static_cast<void>(pool.make_for(self, seconds(3600), u64{91})); }};
        TestThread other{run, flow, above(1), [&](ThreadContext& self) {
                             auto made = pool.make_for(self, patience, u64{3});
                             had = made.has_value() ? **made : 99;
                         }};
        EXPECT(victim.end() && timed.end());
        EXPECT_EQ(had, 0u);
        one->reset();
        EXPECT_EQ(had, 3u);
        EXPECT_EQ(pool.live(), 1u);
        // Nobody waits any more: what comes back is there for whoever comes.
        two->reset();
        EXPECT_EQ(pool.available(), 2u);
        EXPECT(pool.try_make(u64{4}).has_value());
    }
    EXPECT_EQ(pool.live(), 0u);
    EXPECT_EQ(pool.available(), pool.capacity());
}

SELFTEST("SCH05", "threads are terminated at the moment at which another core ends their wait: nothing is had twice") {
    if (!irq::core_started(1) || !irq::core_started(2)) SKIP("needs three cores");
    TestFlow flow;
    EventFlags events;
    HandlerRing<u32, 4> ring;
    MessageQueue<u32, 1> full;
    MessageQueue<u32, 1> empty;
    u32 random = 7 + static_cast<u32>(run.pass());
    auto in_step = [&](auto&& wait, auto&& post, auto&& settle) {
        for ([[maybe_unused]] u64 n : run.rounds(50'000)) {
            Victim victim{run, flow, {.name = "victim", .priority = test_priority, .affinity = 4}, wait};
            random = random * 1664525 + 1013904223;
            TestThread poster{run,
                              flow,
                              {.name = "poster", .priority = test_priority, .affinity = 2},
                              [&, delay = random >> 16 & 255](ThreadContext&) {
                                  for (u32 left = delay; left != 0; --left) arch::relax();
                                  post();
                              }};
            for (u32 left = random >> 8 & 255; left != 0; --left) arch::relax();
            const Status asked = terminate(flow.self, victim.handle);
            EXPECT(asked.has_value());
            EXPECT(join_end(flow.self, victim.handle, patience).has_value() && victim.left_nothing());
            poster.join();
            settle();
        }
    };
    const u64 before = mm::kernel_frames.stats().free_frames;
    in_step([&](ThreadContext& self) { static_cast<void>(events.wait(self, {1, Any, Clear})); },
            [&] { EXPECT(events.set(1).has_value()); }, [&] { EXPECT(events.clear(1).has_value()); });
    in_step([&](ThreadContext& self) { static_cast<void>(ring.get(self)); }, [&] { EXPECT(ring.put(1).has_value()); },
            [&] {
                if (ring.size() != 0) EXPECT(ring.try_get() == Result<u32>{1});
                EXPECT_EQ(ring.size(), 0u);
            });
    in_step([&](ThreadContext& self) { static_cast<void>(empty.receive(self)); },
            [&] { EXPECT(empty.try_send(1).has_value()); },
            [&] {
                if (empty.size() != 0) EXPECT(empty.try_receive() == Result<u32>{1});
                EXPECT_EQ(empty.size(), 0u);
            });
    EXPECT(full.try_send(1).has_value());
    in_step([&](ThreadContext& self) { static_cast<void>(full.send(self, 2)); },
            [&] { EXPECT(full.try_receive() == Result<u32>{1}); },
            [&] {
                if (full.size() != 0) EXPECT(full.try_receive() == Result<u32>{2});
                EXPECT(full.try_send(1).has_value());
            });
    // The records and stacks of the first round are kept for the next one.
    EXPECT(mm::kernel_frames.stats().free_frames + kept_frames >= before);
}
