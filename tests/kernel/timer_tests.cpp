// SPDX-License-Identifier: MIT

#include "threads.hpp"

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

SELFTEST("TMR03", "a sleep is never early, from nothing to 100 ticks") {
    TestFlow flow;
    sleep_for(flow.self, Duration::zero());
    for (Duration duration : {nanoseconds(1), microseconds(1), microseconds(100), milliseconds(1), milliseconds(100)}) {
        Instant deadline = after(now(), duration);
        sleep_until(flow.self, deadline);
        EXPECT(now() >= deadline);
    }
}

SELFTEST("TMR03", "sleepers wake in the order of their deadlines") {
    TestFlow flow;
    u32 order[4] = {};
    u32 count = 0;
    Instant base = after(now(), milliseconds(5));
    auto sleeper = [&](u32 number, u64 delay) {
        return [&, number, delay](ThreadContext& self) {
            sleep_until(self, after(base, microseconds(delay)));
            order[count++ % 4] = number;
        };
    };
    ThreadOptions options{.name = "sleeper", .priority = test_priority + 1, .affinity = 1};
    {
        TestThread a{run, flow, options, sleeper(3, 3000)};
        TestThread b{run, flow, options, sleeper(1, 1000)};
        TestThread c{run, flow, options, sleeper(4, 4000)};
        TestThread d{run, flow, options, sleeper(2, 2000)};
    }
    for (u32 n = 0; n < 4; ++n) EXPECT_EQ(order[n], n + 1);
}

SELFTEST("TMR07", "a deadline in the past is over at once") {
    TestFlow flow;
    Instant past{now().counts - 1000};
    sleep_until(flow.self, past);
    sleep_until(flow.self, Instant{1});
    EXPECT(now() > past);
}
