// SPDX-License-Identifier: MIT

#include "threads.hpp"

#include <kernel/time/counted_time.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

SELFTEST("SEM01", "count up and down, ceiling refused, time-out") {
    TestFlow flow;
    Semaphore semaphore{1, 2};
    EXPECT(semaphore.take(flow.self).has_value());
    EXPECT(!semaphore.try_take());
    EXPECT(semaphore.take_for(flow.self, Duration::zero()) == Status{fail(Error::WouldBlock)});
    Instant begin = now();
    EXPECT(semaphore.take_for(flow.self, microseconds(300)) == Status{fail(Error::Timeout)});
    EXPECT(between(begin, now()) >= microseconds(300));
    EXPECT(semaphore.give().has_value());
    EXPECT(semaphore.give().has_value());
    EXPECT(semaphore.give() == Status{fail(Error::Busy)});
    EXPECT_EQ(semaphore.count(), 2);
    EXPECT(semaphore.try_take() && semaphore.try_take() && !semaphore.try_take());
}

SELFTEST("SEM02", "32 waiters are woken by priority, equals in order of arrival") {
    TestFlow flow;
    Semaphore semaphore;
    u32 order[32] = {};
    u32 count = 0;
    struct Waiter {
        Semaphore* semaphore;
        u32* order;
        u32* count;
        u32 number;
    } waiters[32];
    auto wait = [](ThreadContext& self, void* argument) {
        Waiter& waiter = *static_cast<Waiter*>(argument);
        static_cast<void>(waiter.semaphore->take(self));
        waiter.order[(*waiter.count)++ % 32] = waiter.number;
    };
    ThreadHandle threads[32];
    for (u32 n = 0; n < 32; ++n) {
        waiters[n] = {&semaphore, order, &count, n};
        auto priority = static_cast<u8>(test_priority + 1 + n % 4);
        auto thread = spawn({.name = "waiter", .priority = priority, .affinity = 1}, wait, &waiters[n]);
        EXPECT(thread.has_value());
        if (thread) threads[n] = *thread;
    }
    for (u32 n = 0; n < 32; ++n) EXPECT(semaphore.give().has_value());
    for (ThreadHandle thread : threads) EXPECT(join(flow.self, thread).has_value());
    for (u32 n = 0; n < 32; ++n) EXPECT_EQ(order[n], n % 8 * 4 + (3 - n / 8));
}

namespace {

// From a thread's call of `take` to where the test goes on, beside `others` of lower priority that wait already.
u64 cost_of_waiting(SelfTestRun& run, TestFlow& flow, u32 others) {
    Semaphore semaphore;
    ThreadHandle threads[64];
    for (u32 n = 0; n < others; ++n) {
        auto wait = [](ThreadContext& self, void* argument) {
            static_cast<void>(static_cast<Semaphore*>(argument)->take(self));
        };
        auto thread = spawn({.name = "other", .priority = test_priority + 1, .affinity = 1}, wait, &semaphore);
        EXPECT(thread.has_value());
        if (thread) threads[n] = *thread;
    }
    u64 begin = 0;
    ThreadOptions options{.name = "higher", .priority = test_priority + 2, .affinity = 1};
    TestThread higher{run, flow, options, [&](ThreadContext& self) {
                          begin = arch::counter();
                          static_cast<void>(semaphore.take(self));
                      }};
    const u64 end = arch::counter();
    semaphore.close();
    for (u32 n = 0; n < others; ++n) EXPECT(join(flow.self, threads[n]).has_value());
    return end - begin;
}

}  // namespace

SELFTEST("SEM02", "who waits beside 4 or 64 others is woken, and where time is counted it costs the same") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    u64 few = ~u64{0};
    u64 many = ~u64{0};
    // The counter counts what other cores do as well: the least of some tries.
    for (u32 tries = 0; tries < 8; ++tries) {
        const u64 beside_4 = cost_of_waiting(run, flow, 4);
        const u64 beside_64 = cost_of_waiting(run, flow, 64);
        if (beside_4 < few) few = beside_4;
        if (beside_64 < many) many = beside_64;
    }
    if (counted) EXPECT_EQ(many, few);
}

SELFTEST("SEM04", "close wakes every waiter with Deleted") {
    TestFlow flow;
    Semaphore semaphore;
    u32 deleted = 0;
    auto wait = [&](ThreadContext& self) { deleted += semaphore.take(self) == Status{fail(Error::Deleted)} ? 1u : 0u; };
    ThreadOptions options{.name = "waiter", .priority = test_priority + 1, .affinity = 1};
    TestThread a{run, flow, options, wait};
    TestThread b{run, flow, options, wait};
    semaphore.close();
    EXPECT_EQ(deleted, 2u);
    EXPECT(semaphore.give() == Status{fail(Error::Deleted)});
}
