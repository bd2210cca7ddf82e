// SPDX-License-Identifier: MIT

#include "threads.hpp"

#include <kernel/wait/condition.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

SELFTEST("CND01", "signal wakes one, broadcast all, and nobody waiting is not remembered") {
    TestFlow flow;
    Mutex mutex;
    Condition condition;
    u32 woken = 0;
    condition.signal();
    auto wait = [&](ThreadContext& self) {
        MutexGuard guard{mutex, self};
        if (condition.wait(self, mutex).has_value()) woken += 1;
    };
    ThreadOptions options{.name = "waiter", .priority = test_priority + 1, .affinity = 1};
    TestThread a{run, flow, options, wait};
    TestThread b{run, flow, options, wait};
    TestThread c{run, flow, options, wait};
    EXPECT_EQ(woken, 0u);
    condition.signal();
    EXPECT_EQ(woken, 1u);
    condition.broadcast();
    EXPECT_EQ(woken, 3u);
}

SELFTEST("CND02", "a signal between unlock and sleep, from another core, is not lost") {
    TestFlow flow{1};
    Mutex mutex;
    Condition changed;
    u64 sent = 0;
    u64 seen = 0;
    const u64 rounds = run.scaled(10'000'000);
    TestThread receiver{run, flow, {.name = "receiver", .priority = test_priority}, [&](ThreadContext& self) {
                            for (u64 n = 0; n < rounds; ++n) {
                                MutexGuard guard{mutex, self};
                                while (sent == seen) EXPECT(changed.wait_for(self, mutex, seconds(10)).has_value());
                                seen += 1;
                                changed.signal();
                            }
                        }};
    for (u64 n = 0; n < rounds; ++n) {
        MutexGuard guard{mutex, flow.self};
        sent += 1;
        changed.broadcast();
        while (seen != sent) EXPECT(changed.wait_for(flow.self, mutex, seconds(10)).has_value());
    }
}

SELFTEST("CND03", "a wait that times out owns the mutex, and is not early") {
    TestFlow flow;
    Mutex mutex;
    Condition condition;
    MutexGuard guard{mutex, flow.self};
    Instant begin = now();
    EXPECT(condition.wait_for(flow.self, mutex, milliseconds(2)) == Status{fail(Error::Timeout)});
    EXPECT(between(begin, now()) >= milliseconds(2));
    EXPECT(mutex.owned_by(flow.self.thread()));
}

SELFTEST("CND04", "waiting with a mutex that is not owned, or with another one, is refused") {
    TestFlow flow;
    Mutex mutex;
    Mutex other;
    Condition condition;
    EXPECT(condition.wait(flow.self, mutex) == Status{fail(Error::NotOwner)});
    TestThread waiter{
        run, flow, {.name = "waiter", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
            MutexGuard guard{mutex, self};
            static_cast<void>(condition.wait(self, mutex));
        }};
    {
        MutexGuard guard{other, flow.self};
        EXPECT(condition.wait(flow.self, other) == Status{fail(Error::Invalid)});
    }
    condition.signal();
}
