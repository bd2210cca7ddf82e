// SPDX-License-Identifier: MIT
//
// What is counted about a thread, and how deep its stack was used.

#include "threads.hpp"

#include <arch/raw_memory.hpp>
#include <kernel/thread/stack_mark.hpp>
#include <kernel/thread/thread_control.hpp>
#include <kernel/thread/thread_statistics.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

SELFTEST("SCH02",
         "statistics: waits and yields are switches, a slice's end is a preemption, run time is the thread's own") {
    TestFlow flow;
    Semaphore gate;
    Semaphore out;
    TestThread waits{
        run, flow, {.name = "waits", .priority = test_priority + 1, .affinity = 1}, [&](ThreadContext& self) {
            for (u32 n = 0; n < 5; ++n) EXPECT(gate.take(self).has_value());
            EXPECT(out.take(self).has_value());
        }};
    ThreadStatistics before = *statistics_of(waits.handle);
    for (u32 n = 0; n < 5; ++n) EXPECT(gate.give().has_value());
    ThreadStatistics after = *statistics_of(waits.handle);
    EXPECT_EQ(after.switches - before.switches, 5u);
    EXPECT_EQ(after.preemptions, 0u);
    EXPECT_EQ(after.migrations, 0u);
    EXPECT(after.run_time > before.run_time);
    // Not while it waits.
    before = after;
    sleep_for(flow.self, milliseconds(2));
    EXPECT((*statistics_of(waits.handle)).run_time == before.run_time);
    EXPECT(out.give().has_value());
    // Two that never yield, below this flow: each turn ends by the tick.
    arch::Atomic<bool> stop{false};
    auto spin = [&](ThreadContext&) {
        while (!stop.load(arch::Order::Relaxed)) arch::relax();
    };
    ThreadOptions sharer{.name = "sharer", .priority = test_priority - 1, .affinity = 1, .slice = milliseconds(1)};
    TestThread a{run, flow, sharer, spin};
    TestThread b{run, flow, sharer, spin};
    u64 turns = 0;
    for (u32 n = 0; n < 2000 && turns < 4; ++n) {
        sleep_for(flow.self, milliseconds(5));
        ThreadStatistics it = *statistics_of(b.handle);
        EXPECT_EQ(it.switches, it.preemptions);
        turns = it.preemptions;
    }
    EXPECT(turns >= 4);
    stop.store(true, arch::Order::Relaxed);
    EXPECT(statistics_of(flow.self.handle())->run_time > Duration::zero());
}

SELFTEST("SMP03", "statistics: a thread that is moved to another core is counted as migrated") {
    TestFlow flow;
    if (!irq::core_started(1)) SKIP("core 1 does not run threads");
    arch::Atomic<bool> stop{false};
    TestThread mover{run, flow, {.name = "mover", .priority = test_priority, .affinity = 2}, [&](ThreadContext& self) {
                         while (!stop.load(arch::Order::Relaxed)) yield(self);
                     }};
    EXPECT_EQ(statistics_of(mover.handle)->migrations, 0u);
    for (u32 n = 0; n < 4; ++n) {
        EXPECT(set_affinity(mover.handle, n % 2 == 0 ? 1u : 2u).has_value());
        EXPECT(comes_true([&] { return statistics_of(mover.handle)->migrations == n + 1; }));
    }
    stop.store(true, arch::Order::Relaxed);
}

SELFTEST("SCH11", "the high-water mark of a measured stack is exact, and only of one that is measured") {
    TestFlow flow;
    Semaphore gate;
    for (usize depth : {usize{1}, usize{8}, usize{512}, usize{513}, 7 * page_size - 16, 8 * page_size - 8}) {
        TestThread deep{run,
                        flow,
                        {.name = "deep",
                         .priority = test_priority + 1,
                         .affinity = 1,
                         .stack_size = 8 * page_size,
                         .measure_stack = true},
                        [&](ThreadContext& self) {
                            // Far below what the thread uses itself.
                            auto place = __builtin_bit_cast(uptr, self.thread().stack.data()) + depth / 8 * 8;
                            if (depth < 7 * page_size - 16)
                                arch::write_raw(Unsafe{"below this thread's own frames"}, place, arch::Width::Bits64,
                                                1);
                            EXPECT(gate.take(self).has_value());
                        }};
        Result<usize> used = stack_high_water(deep.handle);
        EXPECT(used.has_value());
        if (used.has_value() && depth < 7 * page_size - 16) EXPECT_EQ(*used, 8 * page_size - depth / 8 * 8);
        // Without it: what a thread and an interrupt take.
        if (used.has_value() && depth >= 7 * page_size - 16) EXPECT(*used > 128 && *used < page_size);
        EXPECT(gate.give().has_value());
        deep.join();
        EXPECT(stack_high_water(deep.handle).error() == Error::Invalid);
    }
    // The record and its stack are used again, unpainted.
    TestThread plain{run,
                     flow,
                     {.name = "plain", .priority = test_priority + 1, .affinity = 1, .stack_size = 8 * page_size},
                     [&](ThreadContext& self) { EXPECT(gate.take(self).has_value()); }};
    EXPECT(stack_high_water(plain.handle).error() == Error::Unsupported);
    EXPECT(gate.give().has_value());
}

SELFTEST("B23", "handles are asked on one core while their threads vanish on others: whole answers, or refused") {
    TestFlow flow;
    for (u64 n : run.rounds(50'000)) {
        auto brief = spawn(
            {.name = "brief", .priority = test_priority, .affinity = every_core & ~1u, .measure_stack = n % 4 == 0},
            [](ThreadContext& self, void*) {
                yield(self);
                sleep_for(self, microseconds(20));
            },
            nullptr);
        EXPECT(brief.has_value());
        if (!brief.has_value()) continue;
        EXPECT(detach(*brief).has_value());
        ThreadStatistics last;
        for (u32 looks = 0;; ++looks) {
            Result<ThreadStatistics> it = statistics_of(*brief);
            if (!it.has_value()) {
                EXPECT(it.error() == Error::Invalid);
                break;
            }
            EXPECT(it->switches >= last.switches && it->preemptions <= it->switches && it->run_time >= last.run_time);
            last = *it;
            Result<usize> used = stack_high_water(*brief);
            // Who looks without a pause holds up the other core's locks.
            sleep_for(flow.self, microseconds(20));
            EXPECT(used.has_value() || used.error() == Error::Invalid || used.error() == Error::Unsupported);
            // Not for ever: between a resume and the next suspend it might never come to run.
            if (looks < 4 && suspend(flow.self, *brief).has_value()) EXPECT(resume(*brief).has_value());
        }
        EXPECT(terminate(flow.self, *brief) == Status{fail(Error::Invalid)});
    }
}
