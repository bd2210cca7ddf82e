// SPDX-License-Identifier: MIT
//
// Registers through interrupts and preemptions (registers.S holds them).

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <kernel/irq/irq.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

extern "C" {
u64 quartet_hold_registers_a(u64 base, u64 rounds);
u64 quartet_hold_registers_b(u64 base, u64 rounds);
u64 quartet_spoil_registers();
}

namespace {

using Order = arch::Order;

// Another one for each thread, with all flags in both states over time.
u64 pattern(u64 thread, u64 n) { return (thread + 1) << 40 | (n & 15) << 28 | 0x1234'000; }

u64 hold(u64 thread, u64 n, u64 rounds) {
    const u64 base = pattern(thread, n);
    return n % 2 == 0 ? quartet_hold_registers_a(base, rounds) : quartet_hold_registers_b(base, rounds);
}

u64 switches_of(ThreadHandle thread) {
    u64 switches = 0;
    for_each_thread([&](const ThreadInfo& info) {
        if (info.id == thread.record()->id) switches = info.switches;
    });
    return switches;
}

// On each core two equals that hold their registers for ever, and one above them that wakes wherever they are, until
// they were switched to often enough.
struct PerCore {
    SelfTestRun* run;
    u64 preemptions;
    u32 number;
    arch::Atomic<bool> stop{false};
    ThreadHandle holders[2];

    u64 preempted() const { return switches_of(holders[0]) + switches_of(holders[1]); }

    static void hold_on(PerCore& core, u64 which) {
        SelfTestRun& run = *core.run;
        for (u64 n = 0; !core.stop.load(Order::Relaxed); ++n) EXPECT_EQ(hold(core.number * 4 + which, n, 50), 0u);
    }
    static void first(ThreadContext&, void* core) { hold_on(*static_cast<PerCore*>(core), 0); }
    static void second(ThreadContext&, void* core) { hold_on(*static_cast<PerCore*>(core), 1); }
    static void preempt(ThreadContext& self, void* argument) {
        PerCore& core = *static_cast<PerCore*>(argument);
        SelfTestRun& run = *core.run;
        const u64 before = core.preempted();
        for (u64 n = 0; n % 32 != 0 || core.preempted() - before < core.preemptions; ++n) {
            sleep_for(self, microseconds(10 + n % 13));
            EXPECT_EQ(hold(core.number * 4 + 2, n, 1), 0u);
        }
        core.stop.store(true, Order::Relaxed);
    }
};

arch::Atomic<u64> handled{0};
arch::Atomic<u64> stack_unaligned{0};

void spoil(IrqContext&) noexcept {
    if (quartet_spoil_registers() % 16 != 0) stack_unaligned.fetch_add(1, Order::Relaxed);
    handled.fetch_add(1, Order::Release);  // pairs with the acquire of the sender
}

}  // namespace

SELFTEST("SCH09", "every register, the flags and TPIDR survive preemptions wherever they come") {
    TestFlow flow{every_core};
    const u64 preemptions = run.scaled(1'000'000);
    PerCore per_core[max_cores];
    ThreadHandle preemptors[max_cores];
    for (u32 n = 0; n < max_cores; ++n) {
        if (!irq::core_started(n)) continue;
        PerCore& core = per_core[n];
        core.run = &run;
        core.number = n;
        core.preemptions = preemptions / cores_online() + 1;
        const ThreadOptions low{.name = "holder", .priority = 10, .affinity = 1u << n, .slice = milliseconds(1)};
        const ThreadOptions high{.name = "preemptor", .priority = test_priority + 1, .affinity = 1u << n};
        auto first = spawn(low, &PerCore::first, &core);
        auto second = spawn(low, &PerCore::second, &core);
        check(first.has_value() && second.has_value(), "there is memory for a few threads");
        core.holders[0] = *first;
        core.holders[1] = *second;
        auto preemptor = spawn(high, &PerCore::preempt, &core);
        check(preemptor.has_value(), "there is memory for a few threads");
        preemptors[n] = *preemptor;
    }
    for (u32 n = 0; n < max_cores; ++n) {
        if (!irq::core_started(n)) continue;
        EXPECT(join(flow.self, preemptors[n]).has_value());
        for (ThreadHandle holder : per_core[n].holders) EXPECT(join(flow.self, holder).has_value());
    }
}

SELFTEST("IRQ08", "an interrupt keeps every register and the flags, whatever its handler does; its stack is aligned") {
    constexpr u32 software_id = 6;
    if (!irq::core_started(1)) SKIP("needs a second core");
    REQUIRE(irq::attach(software_id, spoil, nullptr).has_value());
    EXPECT(irq::enable(software_id).has_value());
    TestFlow flow{1};
    arch::Atomic<bool> stop{false};
    const u64 rounds = run.scaled(1'000'000);
    {
        TestThread holder{run, flow, {.name = "holder", .priority = test_priority, .affinity = 2}, [&](ThreadContext&) {
                              for (u64 n = 0; !stop.load(Order::Relaxed); ++n) EXPECT_EQ(hold(99, n, 50), 0u);
                          }};
        for (u64 n = 0; n < rounds; ++n) {
            const u64 before = handled.load(Order::Acquire);
            EXPECT(irq::trigger(software_id, 1).has_value());
            const Instant end = after(now(), seconds(10));
            while (handled.load(Order::Acquire) == before && now() < end) arch::relax();
            EXPECT_EQ(handled.load(Order::Acquire), before + 1);
        }
        stop.store(true, Order::Relaxed);
    }
    EXPECT_EQ(stack_unaligned.load(Order::Relaxed), 0u);
    EXPECT(irq::detach(software_id).has_value());
}
