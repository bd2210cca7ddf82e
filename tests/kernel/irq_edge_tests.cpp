// SPDX-License-Identifier: MIT
//
// Interrupts that come at the wrong moment: while somebody takes their handler away, and just before a core sleeps.

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/irq_lines.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

arch::Atomic<u32> handled{0};

// Pairs with the acquires of those who wait for it.
void count(IrqContext&) noexcept { handled.fetch_add(1, Order::Release); }

// A core that stands still with interrupts masked, until it is told to go on.
struct MaskedCore {
    arch::Atomic<u32> stage{0};  // 1: masked; 2: go on

    void stand(ThreadContext&) {
        arch::IrqsMasked masked;
        stage.store(1, Order::Release);
        while (stage.load(Order::Acquire) != 2) arch::relax();
    }
    bool masked() const { return stage.load(Order::Acquire) == 1; }
    void go_on() { stage.store(2, Order::Release); }
};

}  // namespace

SELFTEST("IRQ06", "what waits for a masked core is held by disable, taken after enable, and dropped by detach") {
    if (!irq::core_started(1)) SKIP("needs a second core");
    const u32 id = irq::lines() - 1;
    InterruptController& controller = *irq::the_controller;
    TestFlow flow{1};
    const ThreadOptions there{.name = "masked", .priority = test_priority, .affinity = 2};
    u32 before = handled.load(Order::Acquire);
    REQUIRE(irq::attach(id, count, nullptr, {.core = 1, .name = "selftest"}).has_value());
    EXPECT(irq::enable(id).has_value());
    {
        MaskedCore core;
        TestThread thread{run, flow, there, [&](ThreadContext& self) { core.stand(self); }};
        EXPECT(comes_true([&] { return core.masked(); }));
        controller.set_pending(id);
        EXPECT(irq::disable(id).has_value());
        core.go_on();
        thread.join();
        EXPECT_EQ(handled.load(Order::Acquire), before);
        EXPECT(controller.pending(id));
        EXPECT(irq::enable(id).has_value());
        EXPECT(comes_true([&] { return handled.load(Order::Acquire) == before + 1; }));
    }
    {
        MaskedCore core;
        TestThread thread{run, flow, there, [&](ThreadContext& self) { core.stand(self); }};
        EXPECT(comes_true([&] { return core.masked(); }));
        before = handled.load(Order::Acquire);
        const u32 taken = irq::info(id)->counts[1];
        controller.set_pending(id);
        EXPECT(irq::detach(id).has_value());
        core.go_on();
        thread.join();
        EXPECT_EQ(handled.load(Order::Acquire), before);
        EXPECT_EQ(irq::info(id)->counts[1], taken);
        EXPECT(!controller.pending(id));
        EXPECT(!controller.active(id));
    }
}

// An idle core has no tick: if it slept with a wake-up pending, nothing else would end that sleep.
SELFTEST("IRQ10", "a core that is about to sleep takes what came before the sleep") {
    if (!irq::core_started(1)) SKIP("needs a second core");
    TestFlow flow{1};
    Semaphore wake;
    Semaphore awake;
    const u64 rounds = run.scaled(10'000'000);
    TestThread sleeper{
        run, flow, {.name = "sleeper", .priority = test_priority, .affinity = 2}, [&](ThreadContext& self) {
            for (u64 n = 0; n < rounds; ++n) {
                EXPECT(wake.take_for(self, seconds(5)).has_value());
                EXPECT(awake.give().has_value());
            }
        }};
    u32 random = 77 + static_cast<u32>(run.pass());
    for (u64 n = 0; n < rounds && !run.failed(); ++n) {
        // From the moment at which the other one begins to wait to when its core has long been asleep.
        random = random * 1664525 + 1013904223;
        for (u32 delay = (random >> 16) % 600; delay != 0; --delay) arch::relax();
        EXPECT(wake.give().has_value());
        EXPECT(awake.take_for(flow.self, seconds(5)).has_value());
    }
}

namespace {

struct Gifts {
    Semaphore semaphore;
    arch::Atomic<u64> given{0};
};

void give(IrqContext& context) noexcept {
    auto& gifts = *static_cast<Gifts*>(context.argument());
    if (gifts.semaphore.give().has_value()) gifts.given.fetch_add(1, Order::Relaxed);
}

}  // namespace

SELFTEST("SEM03", "given from handlers on all cores at once: what was given is what was taken and what is left") {
    constexpr u32 software_id = 6;
    TestFlow flow{every_core};
    Gifts gifts;
    REQUIRE(irq::attach(software_id, give, &gifts).has_value());
    EXPECT(irq::enable(software_id).has_value());
    const u64 rounds = run.scaled(100'000'000) / max_cores;
    arch::Atomic<u32> senders{4};
    arch::Atomic<u64> taken{0};
    {
        auto send = [&](ThreadContext& self) {
            for (u64 n = 0; n < rounds; ++n) {
                const u32 to = static_cast<u32>(n) % max_cores;
                if (irq::core_started(to)) EXPECT(irq::trigger(software_id, to).has_value());
                if (n % 3 == 0 && gifts.semaphore.try_take()) taken.fetch_add(1, Order::Relaxed);
                if (n % 64 == 0) yield(self);
            }
            senders.fetch_sub(1, Order::Release);  // pairs with the taker's acquire
        };
        const ThreadOptions options{.name = "sender", .priority = test_priority - 1};
        TestThread a{run, flow, options, send}, b{run, flow, options, send};
        TestThread c{run, flow, options, send}, d{run, flow, options, send};
        while (senders.load(Order::Acquire) != 0) {
            if (gifts.semaphore.take_for(flow.self, milliseconds(1)).has_value()) taken.fetch_add(1, Order::Relaxed);
        }
    }
    // A thread on each core: what was sent to it has been taken before it runs.
    on_every_core(run, [](u32) {});
    EXPECT(irq::detach(software_id).has_value());
    const u64 left = static_cast<u64>(gifts.semaphore.count());
    EXPECT_EQ(taken.load(Order::Relaxed) + left, gifts.given.load(Order::Relaxed));
    EXPECT(taken.load(Order::Relaxed) != 0);
}
