// SPDX-License-Identifier: MIT
//
// The spin lock's other ways in, with four cores at it (smp_tests.cpp has the one that masks by itself).

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/irq/irq.hpp>
#include <sync/spin_lock.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

SELFTEST("LCK01", "a counter under a spin lock is exact, taken with the proof, tried for, and masking, all at once") {
    TestFlow flow{every_core};
    sync::SpinLock<sync::LockRank::IrqTable> lock;
    u64 value[3] = {};
    arch::Atomic<u64> entered{0};
    const u64 rounds = run.scaled(10'000'000);
    auto add = [&] {
        for (u64& part : value) part += 1;
        entered.fetch_add(1, arch::Order::Relaxed);
    };
    auto hammer = [&](u64 phase) {
        return [&, phase](ThreadContext&) {
            for (u64 n = phase; n < rounds + phase; ++n) {
                if (n % 3 == 0) {
                    sync::IrqLockGuard guard{lock};
                    add();
                    continue;
                }
                arch::IrqsMasked masked;
                if (n % 3 == 1) {
                    sync::LockGuard guard{lock, masked};
                    add();
                } else if (sync::TryLockGuard guard{lock, masked}; guard.taken()) {
                    add();
                }
            }
        };
    };
    {
        const ThreadOptions options{.name = "hammer", .priority = test_priority - 1};
        TestThread a{run, flow, options, hammer(0)}, b{run, flow, options, hammer(1)};
        TestThread c{run, flow, options, hammer(2)}, d{run, flow, options, hammer(3)};
    }
    for (u64 part : value) EXPECT_EQ(part, entered.load(arch::Order::Relaxed));
    EXPECT(entered.load(arch::Order::Relaxed) >= 4 * (rounds / 3 * 2));
    EXPECT(!lock.taken());
}

SELFTEST("LCK01", "a core that is not in the scheduler yet waits for a lock as any other") {
    TestFlow flow{every_core};
    sync::SpinLock<sync::LockRank::IrqTable> lock;
    u64 value[3] = {};
    const u64 rounds = run.scaled(3'000'000);
    static constinit Thread outside;
    on_every_core(run, [&](u32) {
        void* thread = arch::thread_pointer();
        for (u64 n = 0; n < rounds; ++n) {
            arch::IrqsMasked masked;
            // As a secondary before it enters the scheduler.
            arch::set_thread_pointer(Unsafe{"masked, and given back before anybody asks for it"}, &outside);
            {
                sync::LockGuard guard{lock, masked};
                for (u64& part : value) part += 1;
            }
            arch::set_thread_pointer(Unsafe{"this thread goes on as itself"}, thread);
        }
    });
    u64 cores = 0;
    for (u32 core = 0; core < max_cores; ++core) cores += irq::core_started(core) ? u64{1} : u64{0};
    for (u64 part : value) EXPECT_EQ(part, rounds * cores);
}
