// SPDX-License-Identifier: MIT

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/wait/handler_ring.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr u32 software_id = 6;

Result<u64> error(Error what) { return fail(what); }

struct Source {
    HandlerRing<u64, 8> ring;
    u64 next = 0;  // the handler's
    arch::Atomic<u64> put{0};
    arch::Atomic<u64> refused{0};
};

// What does not fit is counted and put the next time: no number is left out.
void put_next(IrqContext& context) noexcept {
    auto& source = *static_cast<Source*>(context.argument());
    if (source.ring.put(source.next)) {
        source.next += 1;
        source.put.fetch_add(1, Order::Release);
    } else {
        source.refused.fetch_add(1, Order::Release);
    }
}

}  // namespace

SELFTEST("RNG01", "what a handler puts is read in order, full refuses, empty waits until the time is over") {
    TestFlow flow;
    Source source;
    REQUIRE(irq::attach(software_id, put_next, &source, {.storm_limit = 0, .name = "selftest"}).has_value());
    EXPECT(irq::enable(software_id).has_value());
    EXPECT(source.ring.try_get() == error(Error::WouldBlock));
    EXPECT(source.ring.get_for(flow.self, Duration::zero()) == error(Error::WouldBlock));
    Instant begin = now();
    EXPECT(source.ring.get_for(flow.self, microseconds(300)) == error(Error::Timeout));
    EXPECT(between(begin, now()) >= microseconds(300));
    for (u32 n = 0; n < 10; ++n) {
        EXPECT(irq::trigger(software_id, 0).has_value());
        EXPECT(
            comes_true([&] { return source.put.load(Order::Acquire) + source.refused.load(Order::Acquire) == n + 1; }));
    }
    EXPECT_EQ(source.put.load(Order::Acquire), 8u);
    EXPECT_EQ(source.ring.size(), 8u);
    for (u64 n = 0; n < 8; ++n) EXPECT(source.ring.get(flow.self) == Result<u64>{n});
    EXPECT(source.ring.try_get() == error(Error::WouldBlock));
    EXPECT(irq::detach(software_id).has_value());
}

SELFTEST("RNG02", "a reader that sleeps is woken by every item of a handler on another core, and none is lost") {
    if (!irq::core_started(1)) SKIP("needs a second core");
    TestFlow flow;
    Source source;
    const u64 rounds = run.scaled(10'000'000);
    REQUIRE(irq::attach(software_id, put_next, &source, {.storm_limit = 0, .name = "selftest"}).has_value());
    EXPECT(irq::enable(software_id).has_value());
    arch::Atomic<u64> read{0};
    {
        TestThread reader{
            run, flow, {.name = "reader", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
                for (u64 n = 0; n < rounds; ++n) {
                    EXPECT(source.ring.get_for(self, seconds(20)) == Result<u64>{n});
                    read.store(n + 1, Order::Release);
                }
            }};
        u32 random = 99 + static_cast<u32>(run.pass());
        while (source.put.load(Order::Acquire) < rounds && !run.failed()) {
            // From the moment at which the reader is about to wait to when it has long been asleep.
            random = random * 1664525 + 1013904223;
            for (u32 delay = (random >> 16) % 400; delay != 0; --delay) arch::relax();
            const u64 before = source.put.load(Order::Acquire) + source.refused.load(Order::Acquire);
            EXPECT(irq::trigger(software_id, 1).has_value());
            EXPECT(comes_true(
                [&] { return source.put.load(Order::Acquire) + source.refused.load(Order::Acquire) != before; }));
        }
    }
    EXPECT_EQ(read.load(Order::Acquire), rounds);
    EXPECT(irq::detach(software_id).has_value());
}

SELFTEST("RNG03", "close wakes the reader with Deleted; a second reader is refused") {
    TestFlow flow;
    HandlerRing<u32, 4> ring;
    bool deleted = false;
    {
        TestThread reader{
            run, flow, {.name = "reader", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
                deleted = ring.get(self) == Result<u32>{fail(Error::Deleted)};
            }};
        EXPECT(ring.get(flow.self) == Result<u32>{fail(Error::Busy)});
        ring.close();
    }
    EXPECT(deleted);
    EXPECT(ring.put(1) == Status{fail(Error::Deleted)});
    EXPECT(ring.get(flow.self) == Result<u32>{fail(Error::Deleted)});
    EXPECT(ring.try_get() == Result<u32>{fail(Error::Deleted)});
}
