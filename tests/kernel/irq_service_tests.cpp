// SPDX-License-Identifier: MIT
//
// What applications build on interrupts, on the machine itself: shared lines, handlers with a thread, lines by node and
// on another core. The shared id used is the controller's last: no device of this board is behind it.

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <arch/handler.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/irq_lines.hpp>
#include <kernel/irq/node_line.hpp>
#include <kernel/irq/shared_handler.hpp>
#include <kernel/irq/threaded_handler.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

u32 unused_id() { return irq::lines() - 1; }
InterruptController& controller() { return *irq::the_controller; }

// Where a test wants to run: a core that has started, else the first.
u32 core_or_first(u32 core) { return irq::core_started(core) ? core : 0; }

}  // namespace

// --- One handler ---------------------------------------------------------------------------------------------------

namespace {

struct Seen {
    arch::Atomic<u32> count{0};
    arch::Atomic<u32> core{99};
};

void see(IrqContext& context) noexcept {
    Seen& seen = *static_cast<Seen*>(context.argument());
    seen.core.store(context.core(), Order::Relaxed);
    seen.count.fetch_add(1, Order::Release);  // pairs with the acquire of who waits for it
}

bool comes_to(const Seen& seen, u32 count) {
    return comes_true([&] { return seen.count.load(Order::Acquire) == count; });
}

}  // namespace

SELFTEST("IRQ06", "a line goes over to another core, also while its interrupt waits") {
    const u32 id = unused_id();
    TestFlow flow;
    Seen seen;
    u32 handled = 0;
    REQUIRE(irq::attach(id, see, &seen, {.name = "selftest"}).has_value());
    for (u32 core = 0; core < max_cores; ++core) {
        if (!irq::core_started(core)) continue;
        EXPECT(irq::pend(id).has_value());  // on the core that it was on
        EXPECT(irq::set_core(id, core).has_value());
        EXPECT(irq::enable(id).has_value());
        handled += 1;
        EXPECT(comes_to(seen, handled));
        EXPECT_EQ(seen.core.load(Order::Relaxed), core);
        EXPECT(irq::disable(id).has_value());
    }
    EXPECT(irq::detach(id).has_value());
}

SELFTEST("IRQ14", "a handler is attached by its device's node, with the id that the tree says") {
    constexpr std::string_view gpio = "/soc/gpio@7e200000";
    TestFlow flow;
    Seen seen;
    const auto id = irq::attach_node(gpio, 3, see, &seen, {.name = "selftest"});
    if (!id && id.error().error == Error::NotFound) SKIP("the tree has no such node");
    REQUIRE(id.has_value());
    EXPECT_EQ(*id, 32u + 116u);
    EXPECT(irq::enable(*id).has_value());
    EXPECT(irq::pend(*id).has_value());
    EXPECT(comes_to(seen, 1));
    const auto again = irq::attach_node(gpio, 3, see, &seen);
    EXPECT(!again && again.error().error == Error::Busy);
    EXPECT(irq::detach(*id).has_value());
    const auto too_far = irq::attach_node(gpio, 99, see, &seen);
    EXPECT(!too_far && too_far.error() == NodeRefusal{Error::NotFound, "no interrupt"});
    const auto nowhere = irq::attach_node("/soc/nothing", 0, see, &seen);
    EXPECT(!nowhere && nowhere.error() == NodeRefusal{Error::NotFound, "no such node"});
}

// --- A shared line -------------------------------------------------------------------------------------------------

namespace {

struct Sharer {
    arch::Atomic<bool> attached{true};
    arch::Atomic<u32> runs{0};
    arch::Atomic<u32> strays{0};  // it was called when it was not attached
    irq::Claim says = irq::Claim::Mine;
};

irq::Claim share(IrqContext& context) noexcept {
    Sharer& sharer = *static_cast<Sharer*>(context.argument());
    // Long enough for the other core to come in between.
    for (u32 n = 0; n < 50; ++n) arch::relax();
    if (!sharer.attached.load(Order::Acquire)) sharer.strays.fetch_add(1, Order::Relaxed);
    sharer.runs.fetch_add(1, Order::Release);
    return sharer.says;
}

// A device that nobody knows, and that does not stop.
irq::Claim stay_pending(IrqContext& context) noexcept {
    controller().set_pending(context.id());
    return irq::Claim::NotMine;
}

}  // namespace

SELFTEST("IRQ07", "a shared line's handler is taken away in use by another core, and the other one goes on") {
    const u32 id = unused_id();
    const u32 busy_core = core_or_first(1);
    TestFlow flow{1};
    Sharer stays;
    irq::SharedHandler one{share, &stays};
    REQUIRE(irq::attach_shared(id, one, {.core = busy_core, .storm_limit = 0, .name = "selftest"}).has_value());
    EXPECT(irq::enable(id).has_value());
    arch::Atomic<bool> over{false};
    {
        TestThread device{run,
                          flow,
                          {.name = "device", .priority = test_priority, .affinity = 1u << core_or_first(2)},
                          [&](ThreadContext& self) {
                              while (!over.load(Order::Acquire)) {
                                  EXPECT(irq::pend(id).has_value());
                                  yield(self);
                              }
                          }};
        for (u64 n : run.rounds(1'000'000)) {
            Sharer goes;
            irq::SharedHandler two{share, &goes};
            EXPECT(irq::attach_shared(id, two, {.core = busy_core}).has_value());
            const u32 wanted = static_cast<u32>(n % 3);
            EXPECT(comes_true([&] { return goes.runs.load(Order::Acquire) >= wanted; }));
            EXPECT(irq::detach_shared(two).has_value());
            goes.attached.store(false, Order::Release);
            const u32 runs = goes.runs.load(Order::Acquire);
            const u32 others = stays.runs.load(Order::Acquire);
            EXPECT(comes_true([&] { return stays.runs.load(Order::Acquire) != others; }));
            EXPECT_EQ(goes.runs.load(Order::Acquire), runs);
            EXPECT_EQ(goes.strays.load(Order::Relaxed), 0u);
            if (run.failed()) break;
        }
        over.store(true, Order::Release);
    }
    EXPECT(irq::detach_shared(one).has_value());
    EXPECT(!irq::info(id)->attached);
    EXPECT(!controller().enabled(id));
}

SELFTEST("IRQ03", "a shared line that none of its handlers knows is masked, and this thread goes on") {
    const u32 id = unused_id();
    TestFlow flow;
    irq::SharedHandler one{stay_pending};
    Sharer sharer;
    sharer.says = irq::Claim::NotMine;
    irq::SharedHandler two{share, &sharer};
    const irq::Options options{.core = core_or_first(1), .name = "selftest"};
    const u32 before = irq::info(id)->unclaimed;
    REQUIRE(irq::attach_shared(id, one, options).has_value());
    EXPECT(irq::attach_shared(id, two, options).has_value());
    EXPECT(irq::enable(id).has_value());
    EXPECT(irq::pend(id).has_value());
    // The handler says so before it tells the controller.
    EXPECT(comes_true([&] { return irq::info(id)->stormed && !controller().enabled(id); }));
    EXPECT_EQ(irq::info(id)->unclaimed - before, 1000u);
    EXPECT(irq::detach_shared(two).has_value());
    EXPECT(irq::detach_shared(one).has_value());
}

// --- With a thread -------------------------------------------------------------------------------------------------

namespace {

struct Worked {
    Semaphore may_end{0};
    arch::Atomic<u32> looks{0};
    arch::Atomic<u32> begun{0};
    arch::Atomic<u32> ended{0};
    u32 core = 99;
    u8 priority = 0;
    bool in_handler = true;
};

irq::Quick look(IrqContext& context) noexcept {
    static_cast<Worked*>(context.argument())->looks.fetch_add(1, Order::Release);
    return irq::Quick::RunThread;
}

irq::Quick look_alone(IrqContext& context) noexcept {
    static_cast<Worked*>(context.argument())->looks.fetch_add(1, Order::Release);
    return irq::Quick::Done;
}

// Waits inside, as only a thread may.
void work(ThreadContext& self, void* argument) {
    Worked& it = *static_cast<Worked*>(argument);
    it.core = arch::core_id();
    it.priority = self.thread().base_priority;
    it.in_handler = arch::in_handler();
    it.begun.fetch_add(1, Order::Release);
    static_cast<void>(it.may_end.take(self));
    it.ended.fetch_add(1, Order::Release);
}

bool becomes(const arch::Atomic<u32>& count, u32 value) {
    return comes_true([&] { return count.load(Order::Acquire) == value; });
}

}  // namespace

SELFTEST("IRQ11", "a level line is masked while its thread works, on the core and with the priority asked for") {
    const u32 id = unused_id();
    const u32 core = core_or_first(2);
    TestFlow flow{1};
    Worked it;
    irq::ThreadedHandler handler{work, &it, look};
    const irq::ThreadedOptions options{
        .line = {.core = core_or_first(1), .name = "selftest"},
        .thread = {.name = "irq-test", .priority = test_priority + 2, .affinity = 1u << core}};
    REQUIRE(irq::attach_threaded(id, handler, options).has_value());
    EXPECT(irq::attach_threaded(id, handler, options) == fail(Error::Busy));
    EXPECT(irq::detach(id) == fail(Error::Busy));
    EXPECT(irq::enable(id).has_value());
    EXPECT(irq::pend(id).has_value());
    EXPECT(becomes(it.begun, 1));
    EXPECT_EQ(it.core, core);
    EXPECT_EQ(it.priority, test_priority + 2);
    EXPECT(!it.in_handler);
    EXPECT(!controller().enabled(id));
    // What comes meanwhile waits, and comes when the work is done.
    EXPECT(irq::pend(id).has_value());
    sleep_for(flow.self, milliseconds(2));
    EXPECT_EQ(it.looks.load(Order::Acquire), 1u);
    EXPECT(it.may_end.give().has_value());
    EXPECT(becomes(it.begun, 2));
    EXPECT_EQ(it.looks.load(Order::Acquire), 2u);
    // Disabled while it works: the end of the work opens nothing.
    EXPECT(irq::disable(id).has_value());
    EXPECT(irq::pend(id).has_value());
    EXPECT(it.may_end.give().has_value());
    EXPECT(becomes(it.ended, 2));
    sleep_for(flow.self, milliseconds(2));
    EXPECT(!controller().enabled(id));
    EXPECT_EQ(it.looks.load(Order::Acquire), 2u);
    EXPECT(irq::enable(id).has_value());
    EXPECT(becomes(it.begun, 3));
    // Detach joins the thread, which ends when its work is done.
    arch::Atomic<bool> detached{false};
    {
        TestThread detacher{
            run, flow, {.name = "detacher", .priority = test_priority, .affinity = 1}, [&](ThreadContext& self) {
                EXPECT(irq::detach_threaded(self, handler).has_value());
                detached.store(true, Order::Release);
            }};
        sleep_for(flow.self, milliseconds(2));
        EXPECT(!detached.load(Order::Acquire));
        EXPECT(it.may_end.give().has_value());
        EXPECT(comes_true([&] { return detached.load(Order::Acquire); }));
    }
    EXPECT_EQ(it.ended.load(Order::Acquire), 3u);
    EXPECT(!irq::info(id)->attached);
    EXPECT(irq::detach_threaded(flow.self, handler) == fail(Error::Invalid));
}

SELFTEST("IRQ11", "an edge that comes while the thread works makes it work again; a software interrupt is one") {
    TestFlow flow{1};
    Worked it;
    for (u32 id : {unused_id(), 6u}) {
        const u32 begun = it.begun.load(Order::Acquire);
        const u32 looks = it.looks.load(Order::Acquire);
        const auto come = [&] {
            EXPECT((id < software_irqs_end ? irq::trigger(id, core_or_first(1)) : irq::pend(id)).has_value());
        };
        irq::ThreadedHandler handler{work, &it, look};
        REQUIRE(irq::attach_threaded(
                    id, handler,
                    {.line = {.core = core_or_first(1), .trigger = Trigger::EdgeTriggered, .name = "selftest"}})
                    .has_value());
        EXPECT(irq::enable(id).has_value());
        come();
        EXPECT(becomes(it.begun, begun + 1));
        EXPECT_EQ(it.priority, irq::irq_thread_priority);
        for (u32 n = 2; n < 5; ++n) {
            come();
            EXPECT(becomes(it.looks, looks + n));
        }
        // Three came; they are one more work.
        EXPECT(it.may_end.give().has_value());
        EXPECT(becomes(it.begun, begun + 2));
        EXPECT(it.may_end.give().has_value());
        EXPECT(becomes(it.ended, begun + 2));
        sleep_for(flow.self, milliseconds(2));
        EXPECT_EQ(it.begun.load(Order::Acquire), begun + 2);
        EXPECT(irq::detach_threaded(flow.self, handler).has_value());
    }
}

SELFTEST("IRQ11", "a quick part that has done all wakes no thread; what cannot be attached leaves nothing behind") {
    const u32 id = unused_id();
    TestFlow flow{1};
    Worked it;
    irq::ThreadedHandler handler{work, &it, look_alone};
    EXPECT(irq::attach_threaded(27, handler) == fail(Error::Invalid));
    EXPECT(irq::attach_threaded(irq::lines(), handler) == fail(Error::Invalid));
    EXPECT(irq::attach_threaded(id, handler, {.thread = {.priority = 32}}) == fail(Error::Invalid));
    EXPECT(irq::attach_threaded(id, handler, {.thread = {.affinity = 0}}) == fail(Error::Invalid));
    EXPECT(irq::attach_threaded(id, handler, {.line = {.core = 9}}) == fail(Error::Invalid));
    EXPECT(!irq::info(id)->attached);
    REQUIRE(irq::attach_threaded(id, handler, {.line = {.core = core_or_first(1), .name = "selftest"}}).has_value());
    EXPECT(irq::enable(id).has_value());
    for (u32 n = 1; n < 10; ++n) {
        EXPECT(irq::pend(id).has_value());
        EXPECT(becomes(it.looks, n));
        EXPECT(comes_true([&] { return !controller().active(id); }));
        EXPECT(controller().enabled(id));
    }
    EXPECT_EQ(it.begun.load(Order::Acquire), 0u);
    EXPECT(irq::detach_threaded(flow.self, handler).has_value());
}
