// SPDX-License-Identifier: MIT
//
// The SIMD registers through interrupts, preemptions and migrations (simd.S holds them).

#include "threads.hpp"

#include <kernel/irq/irq.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

extern "C" {
u64 quartet_test_simd_hold(u64 base, u64 rounds);
u64 quartet_test_simd_any();
void quartet_test_simd_touch();
}

namespace {

using Order = arch::Order;

constexpr u32 holders_per_core = 4;
constexpr u32 holder_count = holders_per_core * max_cores;

// Another one for each thread and each time, the bits for FPCR and FPSR too. None is 0, and no two are near each other.
u64 pattern(u64 thread, u64 n) { return (thread + 1) << 48 | n << 16 | ((thread * 37 + n * 11 + 1) & 0x7ff); }

u64 hold(u64 thread, u64 n, u64 rounds) { return quartet_test_simd_hold(pattern(thread, n), rounds); }

ThreadInfo info_of(ThreadHandle thread) {
    ThreadInfo found{};
    for_each_thread([&](const ThreadInfo& info) {
        if (info.id == thread.record()->id) found = info;
    });
    return found;
}

// Holds its pattern, again and again another one, until it is told to stop.
struct Holder {
    SelfTestRun* run = nullptr;
    u64 number = 0;
    arch::Atomic<bool>* stop = nullptr;
    ThreadHandle thread{};

    void start(u32 core) {
        auto spawned =
            spawn({.name = "holder", .priority = 10, .affinity = 1u << core, .slice = milliseconds(1)}, &enter, this);
        check(spawned.has_value(), "there is memory for a few threads");
        thread = *spawned;
    }
    static void enter(ThreadContext&, void* argument) {
        Holder& self = *static_cast<Holder*>(argument);
        SelfTestRun& run = *self.run;
        for (u64 n = 0; !self.stop->load(Order::Relaxed); ++n) EXPECT_EQ(hold(self.number, n, 20), 0u);
    }
};

// On each core four equals that hold their registers for ever, and one above them that wakes wherever they are and uses
// the registers itself every other time, until they were preempted often enough.
struct PerCore {
    SelfTestRun* run = nullptr;
    u64 preemptions = 0;
    u32 number = 0;
    arch::Atomic<bool> stop{false};
    Holder holders[holders_per_core];

    u64 preempted() const {
        u64 switches = 0;
        for (const Holder& holder : holders) switches += info_of(holder.thread).switches;
        return switches;
    }
    static void preempt(ThreadContext& self, void* argument) {
        PerCore& core = *static_cast<PerCore*>(argument);
        SelfTestRun& run = *core.run;
        const u64 before = core.preempted();
        for (u64 n = 0; n % 32 != 0 || core.preempted() - before < core.preemptions; ++n) {
            sleep_for(self, microseconds(10 + n % 13));
            if (n % 2 == 0) EXPECT_EQ(hold(holder_count + core.number, n, 1), 0u);
        }
        core.stop.store(true, Order::Relaxed);
    }
};

}  // namespace

SELFTEST("SCH10", "q0-q31, FPCR and FPSR of four threads a core survive preemptions wherever they come") {
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
        for (u32 k = 0; k < holders_per_core; ++k) {
            core.holders[k] = {&run, u64{n} * holders_per_core + k, &core.stop};
            core.holders[k].start(n);
        }
        auto preemptor =
            spawn({.name = "preemptor", .priority = test_priority + 1, .affinity = 1u << n}, &PerCore::preempt, &core);
        check(preemptor.has_value(), "there is memory for a few threads");
        preemptors[n] = *preemptor;
    }
    for (u32 n = 0; n < max_cores; ++n) {
        if (!irq::core_started(n)) continue;
        EXPECT(join(flow.self, preemptors[n]).has_value());
        for (Holder& holder : per_core[n].holders) EXPECT(join(flow.self, holder.thread).has_value());
    }
}

SELFTEST("SMP07", "q0-q31, FPCR and FPSR of four threads a core survive migrations that are forced wherever they are") {
    if (cores_online() != max_cores) SKIP("needs every core");
    TestFlow flow;
    arch::Atomic<bool> stop{false};
    Holder holders[holder_count];
    u32 core_of[holder_count];
    for (u32 n = 0; n < holder_count; ++n) {
        core_of[n] = n % max_cores;
        holders[n] = {&run, n, &stop};
        holders[n].start(core_of[n]);
    }
    u64 random = 1 + run.pass();
    for (u64 n : run.rounds(u64{100'000} * max_cores)) {
        random = random * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
        const u32 which = static_cast<u32>(n % holder_count);
        const u32 target = (core_of[which] + 1 + static_cast<u32>((random >> 33) % (max_cores - 1))) % max_cores;
        EXPECT(set_affinity(holders[which].thread, 1u << target).has_value());
        core_of[which] = target;
        // At times another one follows at once; else all of them get on with it.
        if (random >> 62 == 0) continue;
        sleep_for(flow.self, microseconds(random >> 40 & 127));
        const Instant end = after(now(), seconds(10));
        while (info_of(holders[which].thread).core != target && now() < end) sleep_for(flow.self, microseconds(20));
        EXPECT_EQ(info_of(holders[which].thread).core, target);
    }
    stop.store(true, Order::Relaxed);
    for (Holder& holder : holders) EXPECT(join(flow.self, holder.thread).has_value());
}

SELFTEST("SCH10",
         "who uses no SIMD has no state and costs no save; who does is saved once for each use between switches") {
    TestFlow flow;
    const u64 rounds = run.scaled(1'000'000);
    const u64& saves = cores[0].simd_saves;
    const ThreadOptions options{.name = "turn", .priority = test_priority, .affinity = 1};
    bool over = false;
    bool touches = false;
    // While `active` yields, `other` has every second turn.
    TestThread other{run, flow, options, [&](ThreadContext& self) {
                         while (!over) yield(self);
                     }};
    TestThread active{run, flow, options, [&](ThreadContext& self) {
                          const u64 before = saves;
                          for (u64 n = 0; n < rounds; ++n) yield(self);
                          EXPECT_EQ(saves - before, 0u);
                          EXPECT(!info_of(self.handle()).simd);
                          for (u64 n = 0; n < rounds; ++n) {
                              quartet_test_simd_touch();
                              yield(self);
                          }
                          EXPECT_EQ(saves - before, rounds);
                          for (u64 n = 0; n < rounds; ++n) yield(self);
                          EXPECT_EQ(saves - before, rounds);
                          EXPECT(info_of(self.handle()).simd);
                          touches = true;
                          over = true;
                      }};
    active.join();
    EXPECT(touches);
    EXPECT(!info_of(other.handle).simd);
    other.join();
}

SELFTEST("SCH10", "a thread begins with zeroes, also in the record and on the core where another one left its state") {
    TestFlow flow;
    for (u32 core = 0; core < max_cores; ++core) {
        if (!irq::core_started(core)) continue;
        const ThreadOptions options{.name = "clean", .priority = test_priority - 1, .affinity = 1u << core};
        ThreadHandle before;
        for (u64 n = 0; n < 4; ++n) {
            {
                TestThread leaves{run, flow, options, [&](ThreadContext&) { EXPECT_EQ(hold(n, core, 1), 0u); }};
                before = leaves.handle;
            }
            u64 found = ~u64{0};
            {
                TestThread begins{run, flow, options, [&](ThreadContext&) { found = quartet_test_simd_any(); }};
                EXPECT(begins.handle.record() == before.record());
            }
            EXPECT_EQ(found, 0u);
        }
    }
}
