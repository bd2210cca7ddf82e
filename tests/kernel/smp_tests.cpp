// SPDX-License-Identifier: MIT

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <kernel/wait/mutex.hpp>
#include <sync/spin_lock.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

bool all_online() { return cores_online() == max_cores; }

}  // namespace

SELFTEST("SMP01", "four threads run on four cores at the same time") {
    if (!all_online()) SKIP("not all cores are online");
    TestFlow flow{every_core};
    arch::Atomic<u32> arrived{0};
    u32 core_of[4] = {9, 9, 9, 9};
    auto meet = [&](u32 which) {
        return [&arrived, &core_of, which](ThreadContext&) {
            arrived.fetch_add(1, Order::AcqRel);
            // Only when all four run at once does anybody go on.
            while (arrived.load(Order::Acquire) < 4) arch::relax();
            core_of[which] = arch::core_id();
        };
    };
    {
        TestThread a{run, flow, {.name = "a", .priority = test_priority + 1}, meet(0)};
        TestThread b{run, flow, {.name = "b", .priority = test_priority + 1}, meet(1)};
        TestThread c{run, flow, {.name = "c", .priority = test_priority + 1}, meet(2)};
        TestThread d{run, flow, {.name = "d", .priority = test_priority + 1}, meet(3)};
    }
    u32 seen = 0;
    for (u32 core : core_of) seen |= 1u << core;
    EXPECT_EQ(seen, 15u);
}

SELFTEST("SMP02", "of six threads the four highest run, as priorities change") {
    if (!all_online()) SKIP("not all cores are online");
    TestFlow flow{1};
    arch::Atomic<bool> stop{false};
    auto spin = [&](ThreadContext&) {
        while (!stop.load(Order::Relaxed)) arch::relax();
    };
    // The test's own flow has the highest priority on core 0; it looks while it is awake there.
    ThreadOptions options{.name = "spinner", .priority = 4};
    TestThread t0{run, flow, options, spin}, t1{run, flow, options, spin}, t2{run, flow, options, spin};
    TestThread t3{run, flow, options, spin}, t4{run, flow, options, spin}, t5{run, flow, options, spin};
    ThreadHandle handles[] = {t0.handle, t1.handle, t2.handle, t3.handle, t4.handle, t5.handle};
    u32 random = 12345;
    for ([[maybe_unused]] u64 n : run.rounds(1'000'000)) {
        random = random * 1664525 + 1013904223;
        u32 which = (random >> 8) % 6;
        EXPECT(set_priority(handles[which], static_cast<u8>(1 + (random >> 16) % 12)).has_value());
        // At rest after a moment (how long is the host's matter): three of them run on cores 1-3, and none that waits is higher.
        Instant end = after(now(), seconds(2));
        bool right = false;
        while (!right && now() < end) {
            u32 lowest_running = 99;
            u32 highest_waiting = 0;
            u32 running = 0;
            for (ThreadHandle handle : handles) {
                const Thread& thread = *handle.record();
                const Core& core = *thread.core.load(Order::Relaxed);
                if (core.current == &thread) {
                    running += 1;
                    lowest_running = thread.priority < lowest_running ? thread.priority : lowest_running;
                } else if (thread.priority > highest_waiting) {
                    highest_waiting = thread.priority;
                }
            }
            right = running == 3 && highest_waiting <= lowest_running;
            arch::relax();
        }
        EXPECT(right);
    }
    stop.store(true, Order::Relaxed);
}

SELFTEST("SMP03", "affinity: a running thread moves at once, and runs only where it may") {
    if (!all_online()) SKIP("not all cores are online");
    TestFlow flow{1};
    arch::Atomic<bool> stop{false};
    arch::Atomic<u32> core{99};
    TestThread mover{run, flow, {.name = "mover", .priority = test_priority - 1, .affinity = 2}, [&](ThreadContext&) {
                         while (!stop.load(Order::Relaxed)) core.store(arch::core_id(), Order::Relaxed);
                     }};
    for (u64 n : run.rounds(100'000)) {
        u32 target = 1 + static_cast<u32>(n) % 3;
        EXPECT(set_affinity(mover.handle, 1u << target).has_value());
        Instant end = after(now(), seconds(2));
        while (core.load(Order::Relaxed) != target && now() < end) arch::relax();
        EXPECT_EQ(core.load(Order::Relaxed), target);
    }
    EXPECT(set_affinity(mover.handle, 0) == Status{fail(Error::Invalid)});
    stop.store(true, Order::Relaxed);
}

SELFTEST("SMP04", "no hand-off between two cores is lost") {
    if (!all_online()) SKIP("not all cores are online");
    TestFlow flow{1};
    Semaphore ping;
    Semaphore pong;
    const u64 rounds = run.scaled(10'000'000);
    TestThread other{
        run, flow, {.name = "other", .priority = test_priority, .affinity = 0b1110}, [&](ThreadContext& self) {
            for (u64 n = 0; n < rounds; ++n) {
                EXPECT(ping.take_for(self, seconds(10)).has_value());
                EXPECT(pong.give().has_value());
            }
        }};
    for (u64 n = 0; n < rounds; ++n) {
        EXPECT(ping.give().has_value());
        EXPECT(pong.take_for(flow.self, seconds(10)).has_value());
    }
}

SELFTEST("SMP05", "a thread that blocks while another core wakes it never runs on two") {
    if (!all_online()) SKIP("not all cores are online");
    TestFlow flow{1};
    Semaphore gate;
    const u64 rounds = run.scaled(10'000'000);
    arch::Atomic<u32> inside{0};
    TestThread sleeper{
        run, flow, {.name = "sleeper", .priority = test_priority + 1, .affinity = 0b1110}, [&](ThreadContext& self) {
            for (u64 n = 0; n < rounds; ++n) {
                EXPECT_EQ(inside.fetch_add(1, Order::AcqRel), 0u);
                inside.fetch_sub(1, Order::AcqRel);
                static_cast<void>(gate.take(self));
            }
        }};
    for (u64 n = 0; n < rounds; ++n) static_cast<void>(gate.give());
}

SELFTEST("SMP09", "what belongs to a core is not touched by a thread that moved away meanwhile") {
    if (!all_online()) SKIP("not all cores are online");
    TestFlow flow{1};
    const u64 rounds = run.scaled(1'000'000);
    u64 count_of[max_cores] = {};
    arch::Atomic<u64> total{0};
    auto count = [&](ThreadContext& self) {
        for (u64 n = 0; n < rounds; ++n) {
            {
                PreemptionDisabled here;
                EXPECT_EQ(here.core().id, arch::core_id());
                count_of[here.core().id] += 1;
            }
            total.fetch_add(1, Order::Relaxed);
            if (n % 16 == 0) static_cast<void>(set_affinity(self.handle(), 1u << (n / 16 % 4)));
        }
    };
    {
        ThreadOptions options{.name = "counter", .priority = test_priority - 1};
        TestThread a{run, flow, options, count}, b{run, flow, options, count}, c{run, flow, options, count};
    }
    EXPECT_EQ(count_of[0] + count_of[1] + count_of[2] + count_of[3], total.load(Order::Relaxed));
}

SELFTEST("LCK01", "a counter under a spin lock is exact with four cores") {
    if (!all_online()) SKIP("not all cores are online");
    TestFlow flow{every_core};
    sync::SpinLock<sync::LockRank::IrqTable> lock;
    u64 value[3] = {};
    const u64 rounds = run.scaled(10'000'000);
    auto hammer = [&](ThreadContext&) {
        for (u64 n = 0; n < rounds; ++n) {
            sync::IrqLockGuard guard{lock};
            for (u64& part : value) part += 1;
        }
    };
    {
        ThreadOptions options{.name = "hammer", .priority = test_priority - 1};
        TestThread a{run, flow, options, hammer}, b{run, flow, options, hammer};
        TestThread c{run, flow, options, hammer}, d{run, flow, options, hammer};
    }
    for (u64 part : value) EXPECT_EQ(part, 4 * rounds);
}
