// SPDX-License-Identifier: MIT

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/wait/event_flags.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;
using enum EventWant::Match;
using enum EventWant::OnExit;

constexpr u32 software_id = 6;

Result<u32> error(Error what) { return fail(what); }

ThreadOptions waiter_at(u8 above, const char* name = "waiter") {
    return {.name = name, .priority = static_cast<u8>(test_priority + above), .affinity = 1};
}

}  // namespace

SELFTEST("EVT01", "any and all, kept and cleared, for masks that overlap and that do not, over several waiters") {
    TestFlow flow;
    EventFlags events;
    u32 got[4] = {};
    auto wait = [&](u32 which, EventWant want) {
        return [&, which, want](ThreadContext& self) { got[which] = events.wait(self, want).value_or(~0u); };
    };
    TestThread any{run, flow, waiter_at(4), wait(0, {0b0011, Any, Keep})};
    TestThread all{run, flow, waiter_at(3), wait(1, {0b0110, All, Keep})};
    TestThread eats{run, flow, waiter_at(2), wait(2, {0b0110, All, Clear})};
    TestThread last{run, flow, waiter_at(1), wait(3, {0b1100, Any, Clear})};
    EXPECT(events.set(0b0010).has_value());
    EXPECT_EQ(got[0], 0b0010u);
    EXPECT(got[1] == 0 && got[2] == 0 && got[3] == 0);
    // The second looks first and keeps them, the third takes them, so that the fourth finds none of its own.
    EXPECT(events.set(0b0100).has_value());
    EXPECT_EQ(got[1], 0b0110u);
    EXPECT_EQ(got[2], 0b0110u);
    EXPECT_EQ(got[3], 0u);
    EXPECT_EQ(events.flags(), 0u);
    EXPECT(events.set(0b1001).has_value());
    EXPECT_EQ(got[3], 0b1000u);
    EXPECT_EQ(events.flags(), 0b0001u);
}

SELFTEST("EVT01", "what is there is had at once, what is not is waited for, and no flag at all is refused") {
    TestFlow flow;
    EventFlags events{0b101};
    EXPECT(events.try_wait({0b111, Any, Keep}) == Result<u32>{0b101});
    EXPECT(events.try_wait({0b111, All, Keep}) == error(Error::WouldBlock));
    EXPECT(events.wait_for(flow.self, {0b111, All, Clear}, Duration::zero()) == error(Error::WouldBlock));
    EXPECT(events.wait(flow.self, {0b101, All, Clear}) == Result<u32>{0b101});
    EXPECT_EQ(events.flags(), 0u);
    EXPECT(events.wait(flow.self, {0, Any, Keep}) == error(Error::Invalid));
    EXPECT(events.try_wait({0, All, Clear}) == error(Error::Invalid));
    EXPECT(events.set(0x8000'0001).has_value() && events.clear(1).has_value());
    EXPECT_EQ(events.flags(), 0x8000'0000);
}

namespace {

EventFlags* handler_events = nullptr;

// Flag 0 is the test's, flag 1 is cleared by another core all the time.
void set_two(IrqContext&) noexcept { static_cast<void>(handler_events->set(0b11)); }

}  // namespace

SELFTEST("EVT02", "a handler sets while another core clears: what nobody clears is never lost") {
    if (cores_online() != max_cores) SKIP("not all cores are online");
    TestFlow flow;
    EventFlags events;
    handler_events = &events;
    REQUIRE(irq::attach(software_id, set_two, nullptr, {.storm_limit = 0, .name = "selftest"}).has_value());
    EXPECT(irq::enable(software_id).has_value());
    arch::Atomic<bool> over{false};
    {
        TestThread clears{run, flow, {.name = "clears", .priority = test_priority, .affinity = 2}, [&](ThreadContext&) {
                              while (!over.load(Order::Relaxed)) {
                                  EXPECT(events.clear(0b10).has_value());
                                  // Some time without the lock: a host with fewer cores hands it over slowly.
                                  for (u32 n = 0; n < 100; ++n) arch::relax();
                              }
                          }};
        for (u64 n : run.rounds(10'000'000)) {
            if (run.failed()) break;
            EXPECT(irq::trigger(software_id, n % 4).has_value());
            EXPECT(events.wait_for(flow.self, {0b01, All, Clear}, seconds(10)) == Result<u32>{0b01});
        }
        over.store(true, Order::Relaxed);
    }
    EXPECT_EQ(events.flags() & 0b01, 0u);
    EXPECT(irq::detach(software_id).has_value());
}

SELFTEST("EVT03", "a wait times out, not early; close wakes every waiter with Deleted") {
    TestFlow flow;
    EventFlags events{0b1};
    Instant begin = now();
    EXPECT(events.wait_for(flow.self, {0b11, All, Clear}, microseconds(300)) == error(Error::Timeout));
    EXPECT(between(begin, now()) >= microseconds(300));
    EXPECT_EQ(events.flags(), 0b1u);
    u32 deleted = 0;
    auto wait = [&](ThreadContext& self) {
        deleted += events.wait(self, {0b10, Any, Clear}) == error(Error::Deleted) ? 1u : 0u;
    };
    TestThread a{run, flow, waiter_at(1), wait};
    TestThread b{run, flow, waiter_at(2), wait};
    events.close();
    EXPECT_EQ(deleted, 2u);
    EXPECT(events.set(0b10) == Status{fail(Error::Deleted)});
    EXPECT(events.clear(0b10) == Status{fail(Error::Deleted)});
    EXPECT(events.try_wait({0b1, Any, Keep}) == error(Error::Deleted));
    EXPECT(events.wait(flow.self, {0b1, Any, Keep}) == error(Error::Deleted));
}

SELFTEST("EVT03", "who timed out is passed over, and takes no flag with it") {
    TestFlow flow;
    EventFlags events;
    u32 got = 0;
    {
        TestThread gone{run, flow, waiter_at(2), [&](ThreadContext& self) {
                            EXPECT(events.wait_for(self, {1, Any, Clear}, microseconds(50)) == error(Error::Timeout));
                        }};
        TestThread stays{run, flow, waiter_at(1),
                         [&](ThreadContext& self) { got = events.wait(self, {1, Any, Clear}).value_or(0); }};
        gone.join();
        EXPECT(events.set(1).has_value());
    }
    EXPECT_EQ(got, 1u);
    EXPECT_EQ(events.flags(), 0u);
}

SELFTEST("EVT04", "of those who clear the same flag one gets it: the highest, of equals the first") {
    TestFlow flow;
    EventFlags events;
    u32 order[3] = {};
    u32 count = 0;
    auto wait = [&](u32 number) {
        return [&, number](ThreadContext& self) {
            if (events.wait(self, {1, Any, Clear}) == Result<u32>{1}) order[count++ % 3] = number;
        };
    };
    TestThread first{run, flow, waiter_at(1, "first"), wait(1)};
    TestThread second{run, flow, waiter_at(1, "second"), wait(2)};
    TestThread higher{run, flow, waiter_at(2, "higher"), wait(3)};
    for (u32 n = 1; n <= 3; ++n) {
        EXPECT(events.set(1).has_value());
        EXPECT_EQ(count, n);
        EXPECT_EQ(events.flags(), 0u);
    }
    EXPECT(order[0] == 3 && order[1] == 1 && order[2] == 2);
}

SELFTEST("EVT04", "a set that wakes 40 waiters, in several steps, wakes each of them once and in their order") {
    TestFlow flow;
    EventFlags events;
    u32 order[40] = {};
    u32 count = 0;
    struct Waiter {
        EventFlags* events;
        u32* order;
        u32* count;
        u32 number;
    } waiters[40];
    auto wait = [](ThreadContext& self, void* argument) {
        Waiter& waiter = *static_cast<Waiter*>(argument);
        if (waiter.events->wait(self, {1, Any, Keep}).has_value()) waiter.order[(*waiter.count)++ % 40] = waiter.number;
    };
    ThreadHandle threads[40];
    for (u32 n = 0; n < 40; ++n) {
        waiters[n] = {&events, order, &count, n};
        auto thread = spawn({.name = "waiter", .priority = static_cast<u8>(test_priority + 1 + n % 4), .affinity = 1},
                            wait, &waiters[n]);
        EXPECT(thread.has_value());
        if (thread) threads[n] = *thread;
    }
    EXPECT(events.set(1).has_value());
    EXPECT_EQ(count, 40u);
    for (ThreadHandle thread : threads) EXPECT(join(flow.self, thread).has_value());
    for (u32 n = 0; n < 40; ++n) EXPECT_EQ(order[n], n % 10 * 4 + (3 - n / 10));
}
