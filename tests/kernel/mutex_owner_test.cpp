// SPDX-License-Identifier: MIT
//
// A mutex whose owner ends. That it holds on four cores, whoever comes in between, is the simulation's to show.

#include "threads.hpp"

#include <kernel/wait/recursive_mutex.hpp>
#include <kernel/wait/semaphore.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

SELFTEST("MTX07", "an owner that ends is told to its first waiter, or to the next taker; the mutex goes on") {
    TestFlow flow;
    RecursiveMutex mutex;
    Semaphore go;
    Status first{};
    Status second{};
    auto end_with_it = [&](ThreadContext& self) {
        EXPECT(mutex.lock(self).has_value());
        EXPECT(mutex.lock(self).has_value());
        EXPECT(go.take(self).has_value());
    };
    auto want = [&](Status& result) {
        return [&](ThreadContext& self) {
            result = mutex.lock(self);
            EXPECT(mutex.owned_by(self.thread()));
            EXPECT(mutex.unlock(self).has_value());
        };
    };
    {
        TestThread owner{run, flow, {.name = "owner", .priority = test_priority + 1, .affinity = 1}, end_with_it};
        TestThread a{run, flow, {.name = "a", .priority = test_priority + 2, .affinity = 1}, want(second)};
        TestThread b{run, flow, {.name = "b", .priority = test_priority + 3, .affinity = 1}, want(first)};
        // Both wait: they run as soon as they are spawned, on this flow's core.
        EXPECT(go.give().has_value());
    }
    EXPECT(first == Status{fail(Error::OwnerDead)});
    EXPECT(second.has_value());
    {
        TestThread owner{run, flow, {.name = "owner", .priority = test_priority + 1, .affinity = 1}, end_with_it};
        EXPECT(go.give().has_value());
    }
    EXPECT(mutex.try_lock(flow.self) == Status{fail(Error::OwnerDead)});
    EXPECT(mutex.unlock(flow.self).has_value());
    EXPECT(mutex.try_lock(flow.self).has_value());
    EXPECT(mutex.unlock(flow.self).has_value());
    EXPECT_EQ(*priority_of(flow.self.handle()), test_priority);
}
