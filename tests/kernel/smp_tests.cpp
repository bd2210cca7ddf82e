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
