// SPDX-License-Identifier: MIT
//
// Interrupts on the machine itself: real controller, real vectors, threads on the cores that there are.
// The shared id used is the controller's last: no device of this board is behind it.

#include "threads.hpp"

#include <arch/atomic.hpp>
#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/irq_lines.hpp>
#include <kernel/thread/threads.hpp>
#include <sync/clock.hpp>

#include <array>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr u32 software_id = 6;

u32 unused_id() { return irq::lines() - 1; }
InterruptController& controller() { return *irq::the_controller; }

std::array<std::array<arch::Atomic<u32>, max_cores>, max_cores> seen_pairs;  // [from][to]
arch::Atomic<u32> handled;
arch::Atomic<u32> handled_at{99};

void note_pair(IrqContext& context) noexcept {
    seen_pairs[context.sender() % max_cores][context.core() % max_cores].fetch_add(1, Order::Relaxed);
}

void note(IrqContext& context) noexcept {
    handled_at.store(context.core(), Order::Relaxed);
    handled.fetch_add(1, Order::Release);  // pairs with the acquire of the test that waits for it
}

u32 handled_so_far() { return handled.load(Order::Acquire); }

// Noted last: the test, on another core, looks at what they did as soon as it sees that.
void detach_itself(IrqContext& context) noexcept {
    static_cast<void>(irq::detach(context));
    note(context);
}

void disable_itself(IrqContext& context) noexcept {
    static_cast<void>(irq::disable(context.id()));
    note(context);
}

// A level that its handler does not lower.
void stay_pending(IrqContext& context) noexcept {
    note(context);
    controller().set_pending(context.id());
}

}  // namespace

SELFTEST("IRQ02", "an interrupt that nobody attached is counted once, masked, and completed") {
    u32 id = unused_id();
    u32 before = irq::info(id)->counts[0];
    controller().enable(id);
    controller().set_pending(id);
    EXPECT(comes_true([&] { return irq::info(id)->counts[0] != before; }));
    EXPECT_EQ(irq::info(id)->counts[0], before + 1);
    EXPECT(!controller().enabled(id));
    EXPECT(!controller().active(id));
    // The next one stays where it is.
    controller().set_pending(id);
    EXPECT(controller().pending(id));
    EXPECT_EQ(irq::info(id)->counts[0], before + 1);
    controller().clear_pending(id);
}

SELFTEST("IRQ04", "a software interrupt from each core reaches each core with its sender, every time") {
    REQUIRE(irq::attach(software_id, note_pair, nullptr).has_value());
    EXPECT(irq::enable(software_id).has_value());
    for (auto& row : seen_pairs) {
        for (auto& count : row) count.store(0, Order::Relaxed);
    }
    u32 rounds = static_cast<u32>(run.scaled(100'000));
    auto from_core = [&](u32 from) {
        for (u32 to = 0; to < max_cores; ++to) {
            if (!irq::core_started(to)) continue;
            for (u32 round = 0; round < rounds; ++round) {
                EXPECT(irq::trigger(software_id, to).has_value());
                // One at a time: two of one sender that wait together are one (IHI 0048B 3.2.2).
                EXPECT(comes_true([&] { return seen_pairs[from][to].load(Order::Relaxed) == round + 1; }));
                if (run.failed()) return;
            }
        }
    };
    for (u32 from = 0; from < max_cores; ++from) {
        if (irq::core_started(from)) EXPECT(run_on(from, from_core));
    }
    for (u32 from = 0; from < max_cores; ++from) {
        for (u32 to = 0; to < max_cores; ++to) {
            bool both = irq::core_started(from) && irq::core_started(to);
            EXPECT_EQ(seen_pairs[from][to].load(Order::Relaxed), both ? rounds : 0);
        }
    }
    EXPECT(irq::detach(software_id).has_value());
}

SELFTEST("IRQ05", "the timer's interrupt is enabled and arrives on every core that has started") {
    auto on_core = [&](u32 core) {
        EXPECT_EQ(arch::core_id(), core);
        EXPECT(controller().enabled(27));
        // This thread keeps the core busy, so that its tick runs.
        u32 before = irq::info(27)->counts[core];
        EXPECT(comes_true([&] { return irq::info(27)->counts[core] - before >= 10; }));
    };
    for (u32 core = 0; core < max_cores; ++core) {
        if (irq::core_started(core)) EXPECT(run_on(core, on_core));
    }
}

SELFTEST("IRQ06", "a handler disables or detaches itself; a detach drops what is pending") {
    u32 id = unused_id();
    u32 before = handled_so_far();
    REQUIRE(irq::attach(id, disable_itself, nullptr, {.name = "selftest"}).has_value());
    EXPECT(irq::enable(id).has_value());
    controller().set_pending(id);
    EXPECT(comes_true([&] { return handled_so_far() == before + 1; }));
    EXPECT(!controller().enabled(id));
    // Pending while disabled, from here: it is taken when it is enabled, once.
    controller().set_pending(id);
    EXPECT_EQ(handled_so_far(), before + 1);
    EXPECT(irq::enable(id).has_value());
    EXPECT(comes_true([&] { return handled_so_far() == before + 2; }));
    controller().set_pending(id);
    EXPECT(irq::detach(id).has_value());
    EXPECT(!controller().pending(id));

    REQUIRE(irq::attach(id, detach_itself, nullptr, {.name = "selftest"}).has_value());
    EXPECT(irq::enable(id).has_value());
    controller().set_pending(id);
    EXPECT(comes_true([&] { return handled_so_far() == before + 3; }));
    EXPECT(!irq::info(id)->attached);
    EXPECT(irq::detach(id) == fail(Error::Invalid));
}

SELFTEST("IRQ06", "an interrupt runs on the core that it was attached to, and can be detached from another") {
    u32 id = unused_id();
    for (u32 core = 0; core < max_cores; ++core) {
        if (!irq::core_started(core)) continue;
        u32 before = handled_so_far();
        REQUIRE(irq::attach(id, note, nullptr, {.core = core, .name = "selftest"}).has_value());
        EXPECT(irq::enable(id).has_value());
        controller().set_pending(id);
        EXPECT(comes_true([&] { return handled_so_far() == before + 1; }));
        EXPECT_EQ(handled_at.load(Order::Relaxed), core);
        EXPECT(irq::detach(id).has_value());
        EXPECT(!controller().active(id));
    }
}

SELFTEST("IRQ03", "a level that nobody lowers is masked, and this thread goes on") {
    u32 id = unused_id();
    u32 core = irq::core_started(1) ? 1 : 0;
    REQUIRE(
        irq::attach(id, stay_pending, nullptr, {.core = core, .storm_limit = 2000, .name = "selftest"}).has_value());
    EXPECT(irq::enable(id).has_value());
    controller().set_pending(id);
    // It is noted on its core first and masked then: another core may see the one without the other.
    EXPECT(comes_true([&] { return irq::info(id)->stormed && !controller().enabled(id); }, seconds(10)));
    controller().clear_pending(id);
    EXPECT(irq::detach(id).has_value());
}

SELFTEST("SMP06", "a thousand requests to a masked core are one interrupt") {
    if (!irq::core_started(1)) SKIP("needs a second core");
    arch::Atomic<u32> stage{0};
    u32 taken = 0;
    auto masked_core = [&](u32 core) {
        constexpr u32 id = static_cast<u32>(ipi::Purpose::Reschedule);
        u32 before;
        {
            arch::IrqsMasked masked;
            before = irq::irq_lines[id].counts[core].load(Order::Relaxed);
            stage.store(1, Order::Release);  // pairs with the sender's acquire
            u64 begin = arch::counter();
            while (stage.load(Order::Acquire) != 2 && arch::counter() - begin < 10 * sync::counter_hertz())
                arch::relax();
        }
        taken = irq::irq_lines[id].counts[core].load(Order::Relaxed) - before;
    };
    struct Sender {
        arch::Atomic<u32>& stage;
    } sender{stage};
    auto thread = spawn(
        {.name = "irq-test-sender", .affinity = 1},
        [](ThreadContext&, void* argument) {
            auto& stage_word = static_cast<Sender*>(argument)->stage;
            while (stage_word.load(Order::Acquire) != 1) arch::relax();
            for (int i = 0; i < 1000; ++i) {
                arch::IrqsMasked masked;
                ipi::send(1, ipi::Purpose::Reschedule, masked);
            }
            stage_word.store(2, Order::Release);
        },
        &sender);
    REQUIRE(thread.has_value());
    EXPECT(run_on(1, masked_core));
    ThreadContext self = this_thread();
    EXPECT(join(self, *thread).has_value());
    // One for the thousand; the scheduler may have asked once for itself in between.
    EXPECT(taken >= 1 && taken <= 2);
}
