// SPDX-License-Identifier: MIT

#include "../threads.hpp"

#include <kernel/time/counted_time.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

SELFTEST("TMR03", "a sleep from nothing to 100 ticks is never early; where time is counted, at most a tick late") {
    TestFlow flow;
    const bool counted = time_is_counted(flow.self);
    const Duration tick = milliseconds(1);
    sleep_for(flow.self, Duration::zero());
    for (Duration duration : {nanoseconds(1), microseconds(1), microseconds(100), milliseconds(1), milliseconds(100)}) {
        Instant deadline = after(now(), duration);
        sleep_until(flow.self, deadline);
        const Instant woken = now();
        EXPECT(woken >= deadline);
        if (counted) EXPECT(woken <= after(deadline, tick));
    }
}

SELFTEST("TMR03", "sleepers wake in the order of their deadlines") {
    TestFlow flow;
    ThreadOptions options{.name = "sleeper", .priority = test_priority + 1, .affinity = 1};
    bool judged = false;
    // A machine that stalls before all four sleep has judged nothing: then the same with more time before the first.
    for (u64 lead = 5; lead <= 5000 && !judged; lead *= 4) {
        u32 order[4] = {};
        u32 count = 0;
        u32 asleep_in_time = 0;
        Instant base = after(now(), milliseconds(lead));
        auto sleeper = [&](u32 number, u64 delay) {
            return [&, number, delay](ThreadContext& self) {
                asleep_in_time += now() < base;
                sleep_until(self, after(base, microseconds(delay)));
                order[count++ % 4] = number;
            };
        };
        {
            TestThread a{run, flow, options, sleeper(3, 3000)};
            TestThread b{run, flow, options, sleeper(1, 1000)};
            TestThread c{run, flow, options, sleeper(4, 4000)};
            TestThread d{run, flow, options, sleeper(2, 2000)};
        }
        judged = asleep_in_time == 4;
        for (u32 n = 0; judged && n < 4; ++n) EXPECT_EQ(order[n], n + 1);
    }
    EXPECT(judged);
}

SELFTEST("TMR07", "a deadline in the past is over at once") {
    TestFlow flow;
    Instant past{now().counts - 1000};
    sleep_until(flow.self, past);
    sleep_until(flow.self, Instant{1});
    EXPECT(now() > past);
}
