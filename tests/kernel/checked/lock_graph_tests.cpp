// SPDX-License-Identifier: MIT
//
// What a debug image learns about the order of locks. An inversion ends the run, so each needs a machine of its own:
// tests/system/test_locks.py writes its number into the image and reads the report. The order of locks is part of the
// functions' names there.

#include "../threads.hpp"

#include <kernel/irq/irq.hpp>
#include <kernel/wait/mutex.hpp>
#include <sync/lock_graph.hpp>
#include <sync/spin_lock.hpp>

#include <optional>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

// Which inversion is tried: an index of `forms`. Not zero where there is none, so that it has bytes in the image.
extern "C" {
[[gnu::used]] constinit arch::Atomic<u32> quartet_form_of_inversion{~u32{0}};
}

namespace {

constexpr u32 software_id = 9;

struct Locks {
    Mutex a;
    Mutex b;
    Mutex c;
    sync::SpinLock<sync::LockRank::IrqTable> high;
    sync::SpinLock<sync::LockRank::Heap> low;
};

void take_both(Mutex& outer, Mutex& inner) {
    ThreadContext self = this_thread();
    MutexGuard first{outer, self};
    MutexGuard second{inner, self};
}

}  // namespace

// The stores keep the calls from being jumps, which leave no frame.
extern "C" {
arch::Atomic<u32> quartet_test_step{0};
[[gnu::noinline]] void quartet_test_a_then_b(Locks& it) {
    take_both(it.a, it.b);
    quartet_test_step.store(1, arch::Order::Relaxed);
}
[[gnu::noinline]] void quartet_test_b_then_c(Locks& it) {
    take_both(it.b, it.c);
    quartet_test_step.store(2, arch::Order::Relaxed);
}
[[gnu::noinline]] void quartet_test_b_then_a(Locks& it) {
    take_both(it.b, it.a);
    quartet_test_step.store(3, arch::Order::Relaxed);
}
[[gnu::noinline]] void quartet_test_c_then_a(Locks& it) {
    take_both(it.c, it.a);
    quartet_test_step.store(4, arch::Order::Relaxed);
}
[[gnu::noinline]] void quartet_test_taken_masked(Locks& it) {
    sync::IrqLockGuard guard{it.high};
    quartet_test_step.store(5, arch::Order::Relaxed);
}
[[gnu::noinline]] void quartet_test_taken_open(Locks& it) {
    arch::IrqsMasked masked;
    arch::unmask_irqs(Unsafe{"the test lies about it: this is what is to be found"});
    sync::LockGuard guard{it.high, masked};
    quartet_test_step.store(6, arch::Order::Relaxed);
}
[[gnu::noinline]] void quartet_test_high_then_low(Locks& it) {
    sync::IrqLockGuard first{it.high};
    sync::LockGuard second{it.low, first.masked()};
    quartet_test_step.store(7, arch::Order::Relaxed);
}
[[gnu::noinline]] void quartet_test_low_then_high(Locks& it) {
    sync::IrqLockGuard first{it.low};
    sync::LockGuard second{it.high, first.masked()};
    quartet_test_step.store(8, arch::Order::Relaxed);
}
[[gnu::noinline]] void quartet_test_handler(IrqContext& irq) noexcept {
    quartet_test_taken_masked(*static_cast<Locks*>(irq.argument()));
    quartet_test_step.store(9, arch::Order::Relaxed);
}
}

namespace {

void in_handler(Locks& it) {
    static_cast<void>(irq::attach(software_id, quartet_test_handler, &it, {.name = "selftest"}));
    static_cast<void>(irq::enable(software_id));
    quartet_test_step.store(0, arch::Order::Relaxed);
    static_cast<void>(irq::trigger(software_id, 0));
    static_cast<void>(comes_true([] { return quartet_test_step.load(arch::Order::Relaxed) == 9; }));
    static_cast<void>(irq::detach(software_id));
}

// One after the other, each on a core of its own: nobody waits for a lock.
using Step = void (*)(Locks& it);
constexpr Step forms[][3] = {
    {quartet_test_a_then_b, quartet_test_b_then_a, nullptr},
    {quartet_test_a_then_b, quartet_test_b_then_c, quartet_test_c_then_a},
    {in_handler, quartet_test_taken_open, nullptr},
    {quartet_test_taken_open, in_handler, nullptr},
    {quartet_test_high_then_low, quartet_test_low_then_high, nullptr},
};

}  // namespace

SELFTEST("LCK06", "locks in one order, tried against it, and mutexes that come and go are no inversion") {
    TestFlow flow;
    Locks it;
    quartet_test_a_then_b(it);
    quartet_test_b_then_c(it);
    take_both(it.a, it.c);
    quartet_test_high_then_low(it);
    EXPECT(it.c.lock(flow.self).has_value());
    EXPECT(it.a.try_lock(flow.self).has_value());
    EXPECT(it.b.lock_for(flow.self, milliseconds(1)).has_value());
    EXPECT(it.b.unlock(flow.self).has_value());
    EXPECT(it.a.unlock(flow.self).has_value());
    EXPECT(it.c.unlock(flow.self).has_value());
    std::optional<Mutex> passing;
    for (u32 n = 0; n < 600; ++n) {
        passing.emplace();
        if (n % 2 == 0) take_both(*passing, it.a);
        else take_both(it.a, *passing);
    }
    EXPECT_EQ(sync::lock_graph.passed_over(), 0u);
    EXPECT(sync::broken_order().empty());
}

SELFTEST("LCK05", "a lock that handlers take and threads take masked is no inversion, nor is any that was tried here") {
    TestFlow flow;
    Locks it;
    const u32 form = quartet_form_of_inversion.load(arch::Order::Relaxed);
    if (form < sizeof(forms) / sizeof(forms[0])) {
        u32 core = 0;
        for (Step step : forms[form])
            if (step != nullptr) EXPECT(run_on(core++, [&](u32) { step(it); }));
        EXPECT(false);  // it went on
    }
    in_handler(it);
    quartet_test_taken_masked(it);
    EXPECT(sync::broken_order().empty());
}
