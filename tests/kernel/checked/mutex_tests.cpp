// SPDX-License-Identifier: MIT

#include "../threads.hpp"

#include <kernel/wait/mutex.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

SELFTEST("MTX01", "the owner inherits, and a medium thread does not run while it owns") {
    TestFlow flow;
    Mutex mutex;
    bool medium_ran = false;
    bool high_had_it = false;
    EXPECT(mutex.lock(flow.self).has_value());
    TestThread high{
        run, flow, {.name = "high", .priority = test_priority + 4, .affinity = 1}, [&](ThreadContext& self) {
            MutexGuard guard{mutex, self};
            EXPECT(!medium_ran);
            high_had_it = true;
        }};
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority + 4);
    TestThread medium{run, flow, {.name = "medium", .priority = test_priority + 2, .affinity = 1}, [&](ThreadContext&) {
                          medium_ran = true;
                      }};
    EXPECT(!medium_ran);
    EXPECT(mutex.unlock(flow.self).has_value());
    EXPECT(high_had_it && medium_ran);
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority);
}

SELFTEST("MTX03", "of two mutexes with waiters, releasing one leaves what the other lends") {
    TestFlow flow;
    Mutex a;
    Mutex b;
    EXPECT(a.lock(flow.self).has_value() && b.lock(flow.self).has_value());
    auto want = [&](Mutex& mutex) { return [&mutex](ThreadContext& self) { MutexGuard guard{mutex, self}; }; };
    TestThread first{run, flow, {.name = "first", .priority = test_priority + 2, .affinity = 1}, want(a)};
    TestThread second{run, flow, {.name = "second", .priority = test_priority + 5, .affinity = 1}, want(b)};
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority + 5);
    EXPECT(b.unlock(flow.self).has_value());
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority + 2);
    EXPECT(a.unlock(flow.self).has_value());
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority);
}

SELFTEST("MTX04", "a base priority that changes while it is boosted is kept, and not the boost") {
    TestFlow flow;
    Mutex mutex;
    EXPECT(mutex.lock(flow.self).has_value());
    TestThread high{
        run, flow, {.name = "high", .priority = test_priority + 4, .affinity = 1}, [&](ThreadContext& self) {
            MutexGuard guard{mutex, self};
        }};
    EXPECT(set_priority(flow.self.handle(), test_priority + 1).has_value());
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority + 4);
    EXPECT(mutex.unlock(flow.self).has_value());
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority + 1);
}

SELFTEST("MTX06", "recursion to 255 and no further; who does not own it does not unlock it") {
    TestFlow flow;
    Mutex mutex;
    EXPECT(mutex.unlock(flow.self) == Status{fail(Error::NotOwner)});
    for (u32 n = 0; n < 256; ++n) EXPECT(mutex.lock(flow.self).has_value());
    EXPECT(mutex.lock(flow.self) == Status{fail(Error::Busy)});
    TestThread other{
        run, flow, {.name = "other", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
            EXPECT(mutex.unlock(self) == Status{fail(Error::NotOwner)});
            EXPECT(mutex.try_lock(self) == Status{fail(Error::WouldBlock)});
            EXPECT(mutex.lock_for(self, microseconds(50)) == Status{fail(Error::Timeout)});
        }};
    other.join();
    for (u32 n = 0; n < 256; ++n) EXPECT(mutex.unlock(flow.self).has_value());
    EXPECT(mutex.unlock(flow.self) == Status{fail(Error::NotOwner)});
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority);
}

SELFTEST("MTX09", "close wakes every waiter with Deleted") {
    TestFlow flow;
    Mutex mutex;
    u32 deleted = 0;
    auto want = [&](ThreadContext& self) { deleted += mutex.lock(self) == Status{fail(Error::Deleted)} ? 1u : 0u; };
    EXPECT(mutex.lock(flow.self).has_value());
    ThreadOptions options{.name = "waiter", .priority = test_priority + 1, .affinity = 1};
    TestThread a{run, flow, options, want};
    TestThread b{run, flow, options, want};
    mutex.close();
    EXPECT_EQ(deleted, 2u);
    EXPECT(mutex.unlock(flow.self).has_value());
    EXPECT(mutex.lock(flow.self) == Status{fail(Error::Deleted)});
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority);
}

SELFTEST("MTX10", "waiters are served by priority, equals in order of arrival, and a change of priority counts") {
    TestFlow flow;
    Mutex mutex;
    u32 order[3] = {};
    u32 count = 0;
    auto want = [&](u32 number) {
        return [&, number](ThreadContext& self) {
            MutexGuard guard{mutex, self};
            order[count++ % 3] = number;
        };
    };
    EXPECT(mutex.lock(flow.self).has_value());
    TestThread a{run, flow, {.name = "a", .priority = test_priority + 1, .affinity = 1}, want(1)};
    TestThread b{run, flow, {.name = "b", .priority = test_priority + 1, .affinity = 1}, want(2)};
    TestThread c{run, flow, {.name = "c", .priority = test_priority + 1, .affinity = 1}, want(3)};
    EXPECT(set_priority(c.handle, test_priority + 2).has_value());
    EXPECT(mutex.unlock(flow.self).has_value());
    a.join();
    b.join();
    c.join();
    EXPECT_EQ(order[0], 3u);
    EXPECT_EQ(order[1], 1u);
    EXPECT_EQ(order[2], 2u);
}

SELFTEST("MTX12", "a counter under a mutex is exact with four cores, and everybody is at the base priority again") {
    TestFlow flow{every_core};
    Mutex mutex;
    u64 value = 0;
    const u64 rounds = run.scaled(25'000'000);
    auto hammer = [&](ThreadContext& self) {
        for (u64 n = 0; n < rounds; ++n) {
            MutexGuard guard{mutex, self};
            u64 seen = value;
            if (n % 64 == 0) yield(self);
            value = seen + 1;
        }
    };
    {
        TestThread a{run, flow, {.name = "a", .priority = 5}, hammer};
        TestThread b{run, flow, {.name = "b", .priority = 6}, hammer};
        TestThread c{run, flow, {.name = "c", .priority = 7}, hammer};
        TestThread d{run, flow, {.name = "d", .priority = 7}, hammer};
    }
    EXPECT_EQ(value, 4 * rounds);
    for_each_thread([&](const ThreadInfo& info) { EXPECT_EQ(info.priority, info.base_priority); });
}
