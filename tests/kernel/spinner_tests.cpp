// SPDX-License-Identifier: MIT
//
// The shell's background load, from the side of who stops it.

#include "threads.hpp"

#include <shell/spinners.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

// The busy threads end by themselves: who waited for them says so, instead of hanging the shell.
SELFTEST("SHL13", "spinners are stopped beside busy threads that every core prefers to them") {
    TestFlow flow{every_core};
    EXPECT(shell::set_spinners(flow.self, 2).has_value());
    arch::Atomic<bool> stop{false};
    arch::Atomic<u32> ended{0};
    auto work = [&](ThreadContext&) {
        const Instant end = after(now(), seconds(20));
        // Relaxed: read once the threads are joined, or only compared with 0.
        while (!stop.load(arch::Order::Relaxed) && now() < end) arch::relax();
        ended.fetch_add(1, arch::Order::Relaxed);
    };
    {
        ThreadOptions options{.name = "busy", .priority = default_priority};
        TestThread a{run, flow, options, work};
        TestThread b{run, flow, options, work};
        TestThread c{run, flow, options, work};
        TestThread d{run, flow, options, work};
        EXPECT(shell::set_spinners(flow.self, 0).has_value());
        EXPECT_EQ(ended.load(arch::Order::Relaxed), 0u);
        stop.store(true, arch::Order::Relaxed);
    }
    EXPECT_EQ(ended.load(arch::Order::Relaxed), 4u);
}
