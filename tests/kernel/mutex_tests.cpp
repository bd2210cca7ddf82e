// SPDX-License-Identifier: MIT

#include "threads.hpp"

#include <kernel/wait/mutex.hpp>
#include <kernel/wait/recursive_mutex.hpp>

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

SELFTEST("MTX03", "of three mutexes with waiters, released in any order, what the others lend is left") {
    constexpr u8 orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    TestFlow flow;
    for (const auto& order : orders) {
        Mutex mutexes[3];
        auto want = [&](Mutex& mutex) { return [&mutex](ThreadContext& self) { MutexGuard guard{mutex, self}; }; };
        for (Mutex& mutex : mutexes) EXPECT(mutex.lock(flow.self).has_value());
        TestThread a{run, flow, {.name = "a", .priority = test_priority + 2, .affinity = 1}, want(mutexes[0])};
        TestThread b{run, flow, {.name = "b", .priority = test_priority + 4, .affinity = 1}, want(mutexes[1])};
        TestThread c{run, flow, {.name = "c", .priority = test_priority + 6, .affinity = 1}, want(mutexes[2])};
        bool held[3] = {true, true, true};
        EXPECT_EQ(*priority_of(flow.self.handle()), test_priority + 6);
        for (u8 next : order) {
            EXPECT(mutexes[next].unlock(flow.self).has_value());
            held[next] = false;
            u8 left = test_priority;
            for (u8 n = 0; n < 3; ++n)
                if (held[n]) left = static_cast<u8>(test_priority + 2 + 2 * n);
            EXPECT_EQ(*priority_of(flow.self.handle()), left);
        }
    }
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

SELFTEST("MTX04", "a second mutex taken while it is boosted: the base comes back, and not the boost") {
    TestFlow flow;
    Mutex first;
    Mutex second;
    auto want = [&](Mutex& mutex) { return [&mutex](ThreadContext& self) { MutexGuard guard{mutex, self}; }; };
    EXPECT(first.lock(flow.self).has_value());
    TestThread high{run, flow, {.name = "high", .priority = test_priority + 4, .affinity = 1}, want(first)};
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority + 4);
    EXPECT(second.lock(flow.self).has_value());
    EXPECT_EQ(flow.self.thread().base_priority, test_priority);
    TestThread higher{run, flow, {.name = "higher", .priority = test_priority + 6, .affinity = 1}, want(second)};
    EXPECT(first.unlock(flow.self).has_value());
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority + 6);
    EXPECT(second.unlock(flow.self).has_value());
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority);
}

SELFTEST("MTX06", "a recursive mutex is locked 255 times and no more; who does not own it does not unlock it") {
    TestFlow flow;
    RecursiveMutex mutex;
    EXPECT(mutex.unlock(flow.self) == Status{fail(Error::NotOwner)});
    for (u32 n = 0; n < 255; ++n) EXPECT(mutex.lock(flow.self).has_value());
    EXPECT(mutex.lock(flow.self) == Status{fail(Error::Busy)});
    TestThread other{
        run, flow, {.name = "other", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
            EXPECT(mutex.unlock(self) == Status{fail(Error::NotOwner)});
            EXPECT(mutex.try_lock(self) == Status{fail(Error::WouldBlock)});
            EXPECT(mutex.lock_for(self, microseconds(50)) == Status{fail(Error::Timeout)});
        }};
    other.join();
    for (u32 n = 0; n < 255; ++n) {
        EXPECT(mutex.owned_by(flow.self.thread()));
        EXPECT(mutex.unlock(flow.self).has_value());
    }
    EXPECT(mutex.unlock(flow.self) == Status{fail(Error::NotOwner)});
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority);
}

SELFTEST("MTX06", "a mutex is not locked twice by its owner, and not unlocked by anybody else") {
    TestFlow flow;
    Mutex mutex;
    EXPECT(mutex.unlock(flow.self) == Status{fail(Error::NotOwner)});
    EXPECT(mutex.lock(flow.self).has_value());
    EXPECT(mutex.lock(flow.self) == Status{fail(Error::Deadlock)});
    EXPECT(mutex.lock_for(flow.self, milliseconds(1)) == Status{fail(Error::Timeout)});
    EXPECT(mutex.try_lock(flow.self) == Status{fail(Error::WouldBlock)});
    TestThread other{
        run, flow, {.name = "other", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
            EXPECT(mutex.unlock(self) == Status{fail(Error::NotOwner)});
        }};
    other.join();
    EXPECT(mutex.unlock(flow.self).has_value());
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

SELFTEST("MTX12",
         "counters under mutexes are exact with four cores at random priorities, and everybody is at the base again") {
    TestFlow flow{every_core};
    Mutex mutexes[3];
    u64 values[3] = {};
    const u64 rounds = run.scaled(25'000'000);
    auto hammer = [&](u32 seed) {
        return [&, seed](ThreadContext& self) mutable {
            for (u64 n = 0; n < rounds; ++n) {
                seed = seed * 1664525 + 1013904223;
                const u32 which = seed >> 30;
                if (n % 32 == 0)
                    EXPECT(set_priority(self.handle(), static_cast<u8>(2 + (seed >> 16) % 12)).has_value());
                // One round in four holds one mutex while it takes the next.
                MutexGuard first{mutexes[which % 3], self};
                u64 seen = values[which % 3];
                if (n % 64 == 0) yield(self);
                values[which % 3] = seen + 1;
                if (which != 0) continue;
                MutexGuard second{mutexes[1 + (seed >> 20) % 2], self};
                values[1 + (seed >> 20) % 2] += 1;
                if (n % 64 == 1) yield(self);
                values[1 + (seed >> 20) % 2] -= 1;
            }
        };
    };
    {
        TestThread a{run, flow, {.name = "a", .priority = 5}, hammer(1)};
        TestThread b{run, flow, {.name = "b", .priority = 6}, hammer(2)};
        TestThread c{run, flow, {.name = "c", .priority = 7}, hammer(3)};
        TestThread d{run, flow, {.name = "d", .priority = 7}, hammer(4)};
        TestThread e{run, flow, {.name = "e", .priority = 8}, hammer(5)};
    }
    EXPECT_EQ(values[0] + values[1] + values[2], 5 * rounds);
    for_each_thread([&](const ThreadInfo& info) { EXPECT_EQ(info.priority, info.base_priority); });
    for (Mutex& mutex : mutexes) {
        EXPECT(mutex.try_lock(flow.self).has_value());
        EXPECT(mutex.unlock(flow.self).has_value());
    }
}
