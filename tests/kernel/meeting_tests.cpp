// SPDX-License-Identifier: MIT
//
// Barrier, latch and one-time initialisation: threads that wait for each other.

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/wait/barrier.hpp>
#include <kernel/wait/latch.hpp>
#include <kernel/wait/once.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

Result<bool> no(Error what) { return fail(what); }

ThreadOptions above(u8 by) {
    return {.name = "waiter", .priority = static_cast<u8>(test_priority + by), .affinity = 1};
}

}  // namespace

SELFTEST("BAR01", "nobody passes a barrier before all have come, and one of each round is told that it was the last") {
    if (cores_online() != max_cores) SKIP("not all cores are online");
    TestFlow flow{every_core};
    Barrier barrier{4};
    const u64 rounds = run.scaled(1'000'000);
    arch::Atomic<u64> came[4];
    arch::Atomic<u64> lasts{0};
    auto meet = [&](u32 which) {
        return [&, which](ThreadContext& self) {
            for (u64 n = 1; n <= rounds && !run.failed(); ++n) {
                came[which].store(n, Order::Release);
                auto last = barrier.wait_for(self, seconds(20));
                EXPECT(last.has_value());
                if (last && *last) lasts.fetch_add(1, Order::Relaxed);
                // Who is ahead waits for us in the next round.
                for (auto& count : came) {
                    const u64 its = count.load(Order::Acquire);
                    EXPECT(its == n || its == n + 1);
                }
            }
        };
    };
    {
        const ThreadOptions options{.name = "meets", .priority = test_priority - 1};
        TestThread a{run, flow, options, meet(0)}, b{run, flow, options, meet(1)};
        TestThread c{run, flow, options, meet(2)}, d{run, flow, options, meet(3)};
    }
    EXPECT_EQ(lasts.load(Order::Relaxed), rounds);
}

SELFTEST("BAR02", "who times out at a barrier has not come; close wakes the others with Deleted") {
    TestFlow flow;
    Barrier barrier{2};
    EXPECT(barrier.wait_for(flow.self, Duration::zero()) == no(Error::WouldBlock));
    Instant begin = now();
    EXPECT(barrier.wait_for(flow.self, microseconds(300)) == no(Error::Timeout));
    EXPECT(between(begin, now()) >= microseconds(300));
    u32 passed = 0;
    u32 deleted = 0;
    auto meet = [&](ThreadContext& self) {
        auto last = barrier.wait(self);
        passed += last.has_value() ? 1u : 0u;
        deleted += last == no(Error::Deleted) ? 1u : 0u;
    };
    {
        TestThread a{run, flow, above(1), meet};
        EXPECT_EQ(passed, 0u);
        EXPECT(barrier.wait_for(flow.self, Duration::zero()) == Result<bool>{true});
        EXPECT_EQ(passed, 1u);
    }
    {
        TestThread a{run, flow, above(1), meet};
        barrier.close();
        EXPECT_EQ(deleted, 1u);
    }
    EXPECT(barrier.wait(flow.self) == no(Error::Deleted));
    Barrier alone{1};
    EXPECT(alone.wait(flow.self) == Result<bool>{true});
}

namespace {

void count_one(IrqContext& context) noexcept {
    static_cast<void>(static_cast<Latch*>(context.argument())->count_down());
}

}  // namespace

SELFTEST("LAT01", "a latch opens at nothing, for all who wait and for good; more than was left is refused") {
    TestFlow flow;
    Latch latch{3};
    u32 passed = 0;
    auto wait = [&](ThreadContext& self) { passed += latch.wait(self).has_value() ? 1u : 0u; };
    TestThread a{run, flow, above(1), wait};
    TestThread b{run, flow, above(2), wait};
    EXPECT(latch.wait_for(flow.self, Duration::zero()) == Status{fail(Error::WouldBlock)});
    EXPECT(latch.wait_for(flow.self, microseconds(100)) == Status{fail(Error::Timeout)});
    EXPECT(latch.count_down(4) == Status{fail(Error::Invalid)});
    EXPECT(latch.count_down(2).has_value());
    EXPECT(latch.try_wait() == Status{fail(Error::WouldBlock)});
    EXPECT_EQ(passed, 0u);
    // The last one by a handler.
    constexpr u32 software_id = 6;
    REQUIRE(irq::attach(software_id, count_one, &latch, {.name = "selftest"}).has_value());
    EXPECT(irq::enable(software_id).has_value());
    EXPECT(irq::trigger(software_id, 0).has_value());
    EXPECT(latch.wait_for(flow.self, seconds(10)).has_value());
    EXPECT_EQ(passed, 2u);
    EXPECT(latch.try_wait().has_value() && latch.wait(flow.self).has_value());
    EXPECT(latch.count_down() == Status{fail(Error::Invalid)});
    EXPECT(irq::detach(software_id).has_value());
}

SELFTEST("LAT02", "four cores count a latch down; closing one wakes its waiters with Deleted") {
    TestFlow flow{every_core};
    for ([[maybe_unused]] u64 n : run.rounds(100'000)) {
        Latch latch{max_cores};
        on_every_core(run, [&](u32) {
            ThreadContext self = this_thread();
            EXPECT(latch.arrive_and_wait(self, seconds(20)).has_value());
        });
        EXPECT(latch.try_wait().has_value() || cores_online() != max_cores);
    }
    Latch closed{1};
    bool deleted = false;
    {
        TestThread a{run, flow, {.name = "waiter", .priority = test_priority + 1}, [&](ThreadContext& self) {
                         deleted = closed.wait(self) == Status{fail(Error::Deleted)};
                     }};
        closed.close();
    }
    EXPECT(deleted);
    EXPECT(closed.count_down() == Status{fail(Error::Deleted)});
}

SELFTEST("ONC01", "of four cores one makes it, once, and all see what it wrote") {
    TestFlow flow{every_core};
    for ([[maybe_unused]] u64 n : run.rounds(100'000)) {
        Once once;
        u64 value = 0;
        u32 made = 0;
        on_every_core(run, [&](u32) {
            ThreadContext self = this_thread();
            EXPECT(once.call(self,
                             [&]() -> Status {
                                 made += 1;
                                 value = 77;
                                 return {};
                             })
                       .has_value());
            EXPECT_EQ(value, 77u);
        });
        EXPECT_EQ(made, 1u);
        EXPECT(once.done());
    }
}

SELFTEST("ONC02", "an attempt that fails is told to its caller alone, and the first of those who wait tries next") {
    TestFlow flow;
    Once once;
    u32 tries = 0;
    u32 order[3] = {};
    auto late = [&](u32 number) {
        return [&, number](ThreadContext& self) {
            Status status = once.call(self, [&]() -> Status {
                order[tries++ % 3] = number;
                return number == 2 ? Status{} : fail(Error::NoMemory);
            });
            EXPECT(status == (number == 3 ? Status{fail(Error::NoMemory)} : Status{}));
        };
    };
    EXPECT(once.call(flow.self, []() -> Status { return fail(Error::Device); }) == Status{fail(Error::Device)});
    auto never = [&]() -> Status {
        EXPECT(false);
        return {};
    };
    Semaphore begun;
    Semaphore go;
    {
        TestThread first{run, flow, above(1), [&](ThreadContext& self) {
                             EXPECT(once.call(self, [&]() -> Status {
                                 EXPECT(begun.give().has_value());
                                 EXPECT(go.take(self).has_value());
                                 return fail(Error::NoMemory);
                             }) == Status{fail(Error::NoMemory)});
                         }};
        EXPECT(begun.take(flow.self).has_value());
        EXPECT(once.call_for(flow.self, Duration::zero(), never) == Status{fail(Error::WouldBlock)});
        EXPECT(once.call_for(flow.self, microseconds(100), never) == Status{fail(Error::Timeout)});
        TestThread lower{run, flow, above(1), late(1)};
        TestThread higher{run, flow, above(2), late(2)};
        TestThread highest{run, flow, above(3), late(3)};
        EXPECT_EQ(tries, 0u);
        EXPECT(go.give().has_value());
    }
    // The highest tried and failed, the next one made it, and the last one had nothing to do.
    EXPECT(tries == 2 && order[0] == 3 && order[1] == 2);
    EXPECT(once.done() && once.call(flow.self, never).has_value());
    Once inner;
    EXPECT(inner.call(flow.self, [&] { return inner.call(flow.self, [] { return Status{}; }); }) ==
           Status{fail(Error::Deadlock)});
}

SELFTEST("ONC03", "close wakes who waits for another's attempt with Deleted") {
    TestFlow flow;
    Once once;
    bool deleted = false;
    {
        Status made = once.call(flow.self, [&]() -> Status {
            TestThread waiter{run, flow, above(1), [&](ThreadContext& self) {
                                  deleted = once.call(self, [] { return Status{}; }) == Status{fail(Error::Deleted)};
                              }};
            once.close();
            return {};
        });
        EXPECT(made.has_value());
    }
    EXPECT(deleted);
    EXPECT(once.call(flow.self, [] { return Status{}; }) == Status{fail(Error::Deleted)});
}
