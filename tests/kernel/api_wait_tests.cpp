// SPDX-License-Identifier: MIT

#include "api.hpp"

using namespace quartet;
using namespace quartet::selftest_detail;

SELFTEST("SEM01", "a semaphore in both forms: taken, given by a handler, at its ceiling, empty, closed") {
    ApiFlow flow;
    Semaphore semaphore{1, 2};
    EXPECT(semaphore.take().has_value());
    EXPECT(is(semaphore.take_for(Duration::zero()), Error::WouldBlock) && !semaphore.try_take());
    EXPECT(is(semaphore.take_for(flow.self, 200_us), Error::Timeout));
    bool taken = false;
    {
        ApiThread waiter{run, [&](ThreadContext& self) { taken = semaphore.take(self).has_value(); }};
        EXPECT(!taken);
        EXPECT(in_handler([&]() noexcept { static_cast<void>(semaphore.give().has_value()); }));
        EXPECT(taken);
    }
    EXPECT(semaphore.give() && semaphore.give() && is(semaphore.give(), Error::Busy));
    EXPECT_EQ(semaphore.count(), 2);
    EXPECT(semaphore.take_for(1_s).has_value() && semaphore.take(flow.self).has_value());
    ApiThread deleted{run, [&] { EXPECT(is(semaphore.take(), Error::Deleted)); }};
    semaphore.close();
    EXPECT(is(semaphore.give(), Error::Deleted) && is(semaphore.take(flow.self), Error::Deleted));
}

SELFTEST("CND01", "a condition is waited for until it holds, and refused without its mutex") {
    ApiFlow flow;
    Mutex mutex;
    Mutex another;
    Condition changed;
    u32 count = 0;
    u32 seen = 0;
    EXPECT(is(changed.wait_for(flow.self, mutex, 100_us), Error::NotOwner));
    ApiThread waiter{run, [&](ThreadContext& self) {
                         LockGuard guard{mutex, self};
                         EXPECT(changed.wait(guard, [&] { return count >= 2; }).has_value());
                         seen = count;
                     }};
    for (u32 n = 1; n <= 2; ++n) {
        EXPECT_EQ(seen, 0u);
        {
            LockGuard guard{mutex};
            count = n;
        }
        changed.signal();
    }
    EXPECT_EQ(seen, 2u);
    mutex.lock();
    EXPECT(is(changed.wait_for(mutex, 100_us), Error::Timeout));
    const Instant begin = Clock::now();
    EXPECT(is(changed.wait_for(flow.self, mutex, 300_us, [&] { return count == 3; }), Error::Timeout));
    EXPECT(Clock::now() - begin >= 300_us);
    // It holds when the time is over.
    EXPECT(changed.wait_for(flow.self, mutex, Duration::zero(), [&] { return count == 2; }).has_value());
    mutex.unlock();
    ApiThread woken{run, [&](ThreadContext& self) {
                        mutex.lock();
                        EXPECT(changed.wait(mutex).has_value());
                        EXPECT(mutex.unlock(self).has_value());
                    }};
    another.lock();
    EXPECT(is(changed.wait_for(flow.self, another, 100_us), Error::Invalid));
    another.unlock();
    changed.broadcast();
    EXPECT(woken.thread.join().has_value());
    ApiThread closed{run, [&](ThreadContext& self) {
                         mutex.lock();
                         EXPECT(is(changed.wait(self, mutex), Error::Deleted));
                         mutex.unlock();
                     }};
    changed.close();
}

SELFTEST("API20", "a wait for a condition that is given the guard ends where its thread is to stop or to end") {
    ApiFlow flow;
    Mutex mutex;
    Mutex another;
    Condition changed;
    bool held = false;
    ApiThread stopped{run, [&](ThreadContext& self) {
                          StopEndsWaits ends{self};
                          LockGuard guard{mutex, self};
                          EXPECT(is(changed.wait(guard, [] { return false; }), Error::Aborted));
                          EXPECT(mutex.owned(self));
                      }};
    EXPECT(stopped.thread.request_stop().has_value() && stopped.thread.join().has_value());

    bool went_on = false;
    ApiThread ended{run, [&](ThreadContext& self) {
                        LockGuard guard{mutex, self};
                        static_cast<void>(changed.wait(guard, [] { return false; }).has_value());
                        went_on = true;
                    }};
    EXPECT(ended.thread.terminate().has_value() && ended.thread.join().has_value());
    EXPECT(!went_on);
    // It did not own the mutex when it ended, so nobody is told of a dead owner.
    EXPECT(mutex.try_lock(flow.self).has_value() && mutex.unlock(flow.self).has_value());

    // What another guard keeps is kept.
    ApiThread keeps{run, [&](ThreadContext& self) {
                        LockGuard outer{another, self};
                        LockGuard guard{mutex, self};
                        EXPECT(changed.wait(guard, [&] { return held; }).has_value());
                        went_on = true;
                    }};
    EXPECT(keeps.thread.terminate().has_value());
    EXPECT(is(keeps.thread.join_for(1_ms), Error::Timeout));
    held = true;
    changed.signal();
    EXPECT(keeps.thread.join().has_value() && went_on);
    EXPECT(another.try_lock(flow.self).has_value() && another.unlock(flow.self).has_value());

    LockGuard guard{mutex, flow.self};
    EXPECT(is(changed.wait_for(guard, 100_us), Error::Timeout));
    EXPECT(is(changed.wait_for(guard, 100_us, [] { return false; }), Error::Timeout));
    EXPECT(changed.wait_for(guard, 100_us, [] { return true; }).has_value());
    EXPECT(mutex.owned(flow.self));
}

SELFTEST("EVT01", "event flags in both forms: any, all, cleared on exit, set by a handler, refused, closed") {
    ApiFlow flow;
    EventFlags events;
    constexpr EventWant either{.mask = 0b11, .on_exit = EventWant::OnExit::Clear};
    constexpr EventWant whole{.mask = 0b11, .match = EventWant::Match::All};
    EXPECT(is(events.wait({.mask = 0}), Error::Invalid));
    EXPECT(is(events.try_wait(either), Error::WouldBlock));
    EXPECT(is(events.wait_for(either, 100_us), Error::Timeout));
    u32 got = 0;
    {
        ApiThread waiter{run, [&](ThreadContext& self) { got = events.wait(self, whole).value_or(99); }};
        EXPECT(in_handler([&]() noexcept { static_cast<void>(events.set(0b01).has_value()); }));
        EXPECT_EQ(got, 0u);
        EXPECT(events.set(0b110).has_value());
        EXPECT_EQ(got, 0b11u);
    }
    EXPECT(events.wait(either) == Result<u32>{0b11});
    EXPECT_EQ(events.flags(), 0b100u);
    EXPECT(events.clear(0b100).has_value());
    EXPECT(is(events.wait_for(flow.self, {.mask = 0b100}, Duration::zero()), Error::WouldBlock));
    ApiThread deleted{run, [&] { EXPECT(is(events.wait(whole), Error::Deleted)); }};
    events.close();
    EXPECT(is(events.set(1), Error::Deleted));
}

SELFTEST("QUE01", "a queue in both forms: in order, from the front, full, empty, from a handler, closed") {
    ApiFlow flow;
    struct Item {
        u32 number;
        char name[12];
    };
    MessageQueue<Item, 2> queue;
    EXPECT(is(queue.try_receive(), Error::WouldBlock) && is(queue.receive_for(100_us), Error::Timeout));
    EXPECT(queue.send({1, "one"}).has_value());
    EXPECT(in_handler([&]() noexcept { static_cast<void>(queue.try_send({2, "two"}).has_value()); }));
    EXPECT_EQ(queue.size(), queue.capacity());
    EXPECT(is(queue.try_send({3, "three"}), Error::WouldBlock));
    EXPECT(is(queue.send_for(flow.self, {3, "three"}, 100_us), Error::Timeout));
    EXPECT(is(queue.send_to_front_for({3, "three"}, Duration::zero()), Error::WouldBlock));
    {
        ApiThread sender{run, [&] { EXPECT(queue.send({3, "three"}).has_value()); }};
        EXPECT_EQ(queue.receive(flow.self)->number, 1u);
    }
    EXPECT_EQ(queue.receive()->name[1], 'w');
    EXPECT(queue.send_to_front({4, "four"}).has_value());
    EXPECT_EQ(queue.try_receive()->number, 4u);
    EXPECT_EQ(queue.receive_for(1_s)->number, 3u);
    ApiThread deleted{run, [&](ThreadContext& self) { EXPECT(is(queue.receive(self), Error::Deleted)); }};
    queue.close();
    EXPECT(is(queue.try_send({5, "five"}), Error::Deleted));
}

SELFTEST("RNG01", "a ring from a handler to a thread: read in order, full, empty, closed") {
    ApiFlow flow;
    HandlerRing<u32, 4> ring;
    u32 sum = 0;
    ApiThread reader{run, [&](ThreadContext& self) {
                         while (auto item = ring.get(self)) sum = sum * 10 + *item;
                     }};
    for (u32 n = 1; n <= 3; ++n) EXPECT(in_handler([&]() noexcept { static_cast<void>(ring.put(n).has_value()); }));
    EXPECT_EQ(sum, 123u);
    EXPECT(is(ring.get_for(100_us), Error::Busy));
    ring.close();
    EXPECT(reader.thread.join().has_value());
    EXPECT(is(ring.put(4), Error::Deleted) && is(ring.try_get(), Error::Deleted));
    HandlerRing<u32, 2> full;
    EXPECT(is(full.get_for(flow.self, 100_us), Error::Timeout) && is(full.try_get(), Error::WouldBlock));
    EXPECT(full.put(1) && full.put(2) && is(full.put(3), Error::WouldBlock));
    EXPECT_EQ(full.size(), 2u);
    EXPECT(full.get() == Result<u32>{1});
}

SELFTEST("BAR01", "a barrier opens when all have come, and not for one whose time is over") {
    ApiFlow flow;
    Barrier barrier{2};
    EXPECT(is(barrier.wait_for(Duration::zero()), Error::WouldBlock));
    EXPECT(is(barrier.wait_for(flow.self, 100_us), Error::Timeout));
    for (u32 round = 0; round < 2; ++round) {
        ApiThread first{run, [&] { EXPECT(barrier.wait() == Result<bool>{false}); }};
        EXPECT(barrier.wait(flow.self) == Result<bool>{true});
    }
    ApiThread deleted{run, [&](ThreadContext& self) { EXPECT(is(barrier.wait(self), Error::Deleted)); }};
    barrier.close();
}

SELFTEST("LAT01", "a latch opens when it was counted down, by a handler too, and not below nothing") {
    ApiFlow flow;
    Latch latch{3};
    bool open = false;
    EXPECT(is(latch.try_wait(), Error::WouldBlock) && is(latch.wait_for(100_us), Error::Timeout));
    {
        ApiThread waiter{run, [&](ThreadContext& self) { open = latch.arrive_and_wait(self).has_value(); }};
        EXPECT(in_handler([&]() noexcept { static_cast<void>(latch.count_down().has_value()); }));
        EXPECT(!open && is(latch.count_down(2), Error::Invalid));
        EXPECT(latch.arrive_and_wait().has_value() && open);
    }
    EXPECT(latch.wait().has_value() && latch.wait(flow.self).has_value() && latch.try_wait().has_value());
    latch.close();
    EXPECT(is(latch.wait(), Error::Deleted));
}

SELFTEST("ONC01", "one-time initialisation is made once; an attempt that fails leaves it to the next") {
    ApiFlow flow;
    Once once;
    u32 made = 0;
    EXPECT(is(once.call([&] { return Status{fail(Error::Device)}; }), Error::Device) && !once.done());
    EXPECT(is(once.call(flow.self, [&] { return once.call([] { return Status{}; }); }), Error::Deadlock));
    auto make = [&] {
        made += 1;
        return Status{};
    };
    EXPECT(once.call(make).has_value() && once.done());
    EXPECT(once.call(flow.self, make).has_value() && once.call_for(flow.self, 1_s, make).has_value());
    EXPECT_EQ(made, 1u);
    Once closed;
    closed.close();
    EXPECT(is(closed.call(make), Error::Deleted));
}
