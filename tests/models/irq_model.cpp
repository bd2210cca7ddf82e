// SPDX-License-Identifier: MIT
//
// What goes from core to core with an interrupt, which by itself orders nothing: calls, deferred work, handlers that come and go.

#include "machine.hpp"

#include "../sim/controller.hpp"

#include <arch/cpu.hpp>
#include <kernel/irq/cross_call.hpp>
#include <kernel/irq/deferred_work.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/shared_handler.hpp>
#include <kernel/irq/threaded_handler.hpp>
#include <kernel/thread/threads.hpp>

namespace quartet::model {
namespace {

using kernel::CrossCall;
using kernel::IrqContext;
using kernel::ThreadContext;
namespace irq = kernel::irq;

constexpr u32 a_line = 40;

// A call of its own to the other core, whose argument lies on the caller's side and is used again.
struct Called : OnMachine<Called> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "IRQ13", "a function on another core sees what its caller wrote, and the caller what it did", 1500, 20'000};

    u32 value = 0;

    void before() {
        start(machine::Interrupts::Controller);
        thread<&Called::call>(0);
        thread<&Called::run>(1);
    }
    static void add(IrqContext& context) noexcept { *static_cast<u32*>(context.argument()) += 1; }
    void call(ThreadContext& self) {
        value = 1;
        CrossCall there{add, &value};
        require(there.send(1).has_value(), "a call was refused");
        require(there.wait(self).has_value(), "a call did not run");
        require(value == 2, "what it did is not there");
        value = 3;
        require(there.send(1).has_value() && there.wait(self).has_value(), "a second call did not run");
        require(value == 4, "what it did is not there");
    }
    void run(ThreadContext&) {}
};
const Model<Called> called{"cross-call"};

// One call, which two cores send when it is free, and a third that withdraws it.
struct SentByTwo : OnMachine<SentByTwo> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"IRQ13", "one call that several cores send and withdraw is under way once at a time",
                                 1500, 20'000};

    arch::Atomic<u32> ran{0};
    u32 sent[cores] = {};
    u32 prevented[cores] = {};
    CrossCall there{count, this};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&SentByTwo::send>(0);
        thread<&SentByTwo::send>(1);
        thread<&SentByTwo::withdraw>(2);
    }
    static void count(IrqContext& context) noexcept {
        static_cast<SentByTwo*>(context.argument())->ran.fetch_add(1, arch::Order::Relaxed);
    }
    void send(ThreadContext&) {
        const u32 who = this_core();
        for (u32 n = 0; n < 2; ++n) {
            if (there.send(choose(3)).has_value()) sent[who] += 1;
            yield();
        }
        while (there.under_way()) arch::relax();
    }
    void withdraw(ThreadContext&) {
        for (u32 n = 0; n < 3; ++n) {
            if (there.withdraw()) prevented[2] += 1;
            yield();
        }
    }
    void after() {
        require(ran.load(arch::Order::Relaxed) + prevented[2] == sent[0] + sent[1], "a call was lost, or ran twice");
    }
};
const Model<SentByTwo> by_two{"cross-call-shared"};

// An interrupt by purpose: the bit that says so is what orders.
struct AskedByPurpose : OnMachine<AskedByPurpose> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "SMP06", "who is asked by an interrupt sees what was written before, and no request is lost", 2000, 10'000};

    u32 written = 0;
    static inline AskedByPurpose* that = nullptr;
    static inline u32 served = 0;

    void before() {
        that = this;
        served = 0;
        start(machine::Interrupts::Controller);
        kernel::ipi::attach<kernel::ipi::Purpose::Log, serve>();
        thread<&AskedByPurpose::ask>(0);
        thread<&AskedByPurpose::wait>(1);
    }
    [[gnu::no_sanitize_thread]] static AskedByPurpose& suite() { return *that; }
    static void serve() noexcept {
        if (arch::core_id() != 1) return;
        require(suite().written != 0, "what was written is not there");
        count();
    }
    [[gnu::no_sanitize_thread, gnu::noinline]] static void count() { served += 1; }
    [[gnu::no_sanitize_thread, gnu::noinline]] static bool was_served() { return served != 0; }
    void ask(ThreadContext&) {
        written = 1;
        arch::IrqsMasked masked;
        kernel::ipi::send(1, kernel::ipi::Purpose::Log, masked);
    }
    void wait(ThreadContext&) {
        while (!was_served()) arch::relax();
    }
};
const Model<AskedByPurpose> by_purpose{"ipi"};

// Work that two cores put into two queues; each item is in one at a time.
struct Deferred : OnMachine<Deferred> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "IRQ12", "deferred work sees what was written before it was queued, in whatever queue it is", 1500, 30'000};

    kernel::WorkQueue one;
    kernel::WorkQueue other;
    arch::Atomic<u32> ran{0};
    kernel::DeferredWork work{count, this};

    void before() {
        start();
        thread<&Deferred::queue>(0);
        thread<&Deferred::queue_elsewhere>(1);
    }
    static void count(ThreadContext&, kernel::DeferredWork& work) {
        static_cast<Deferred*>(work.argument())->ran.fetch_add(1, arch::Order::Relaxed);
    }
    void put(ThreadContext& self, kernel::WorkQueue& queue) {
        require(queue.start({.affinity = 1u << this_core()}).has_value(), "a queue does not start");
        u32 done = 0;
        for (u32 n = 0; n < 2; ++n) {
            if (queue.queue(work).has_value()) done += 1;
            if (choose(2) == 0) (void)queue.cancel_and_wait(self, work);
        }
        require(queue.stop(self).has_value(), "a queue does not stop");
        (void)done;
    }
    void queue(ThreadContext& self) { put(self, one); }
    void queue_elsewhere(ThreadContext& self) { put(self, other); }
};
const Model<Deferred> deferred{"deferred-work"};

// A handler that is attached while its device already asks.
struct Attached : OnMachine<Attached> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"IRQ06", "a handler that begins finds its argument, and what was written for it", 2000,
                                 10'000};

    u32 written = 0;
    arch::Atomic<u32> ran{0};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&Attached::attach>(0);
        thread<&Attached::wait>(1);
    }
    static void handle(IrqContext& context) noexcept {
        auto& all = *static_cast<Attached*>(context.argument());
        require(all.written == 1, "what was written is not there");
        all.ran.store(1, arch::Order::Relaxed);
    }
    void attach(ThreadContext&) {
        written = 1;
        require(irq::attach(a_line, handle, this, {.core = 1, .trigger = kernel::Trigger::EdgeTriggered}).has_value(),
                "a handler was refused");
        require(irq::enable(a_line).has_value(), "a line was refused");
        sim::pulse_line(a_line);
    }
    void wait(ThreadContext&) {
        while (ran.load(arch::Order::Relaxed) == 0) arch::relax();
    }
};
const Model<Attached> attached{"irq-attach"};

// A software interrupt's handler is given up: no core runs it any more when `detach` returns.
struct GivenUp : OnMachine<GivenUp> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "IRQ06", "when the handler of a software interrupt was detached, none runs it and its argument is free", 2000,
        20'000};

    static constexpr u32 own_line = kernel::ipi::first_of_application;
    u32 used = 0;

    void before() {
        start(machine::Interrupts::Controller);
        thread<&GivenUp::give_up>(0);
        thread<&GivenUp::pend>(1);
    }
    static void handle(IrqContext& context) noexcept { static_cast<GivenUp*>(context.argument())->used += 1; }
    void give_up(ThreadContext&) {
        require(irq::attach(own_line, handle, this).has_value() && irq::enable(own_line).has_value(),
                "a line was refused");
        for (u32 n = choose(4); n > 0; --n) yield();
        require(irq::detach(own_line).has_value(), "a handler was not let go");
        used = 100;
    }
    // A software interrupt of the application's, so that any core can have it.
    static void raise_own() { (void)irq::trigger(own_line, 1); }
    void pend(ThreadContext&) {
        for (u32 n = 0; n < 2; ++n) {
            raise_own();
            yield();
        }
    }
};

const Model<GivenUp> given_up{"irq-own"};

// Handlers of a shared line, one of which leaves while another core runs it.
struct SharedLeft : OnMachine<SharedLeft> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "IRQ07", "when a handler has left a shared line no core runs it, and what it used is free", 2000, 20'000};

    u32 used = 0;
    irq::SharedHandler one{handle, this};
    irq::SharedHandler other{other_device, nullptr};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&SharedLeft::leave>(0);
        thread<&SharedLeft::raise>(1);
    }
    static irq::Claim handle(IrqContext& context) noexcept {
        static_cast<SharedLeft*>(context.argument())->used += 1;
        return irq::Claim::Mine;
    }
    static irq::Claim other_device(IrqContext&) noexcept { return irq::Claim::NotMine; }
    void leave(ThreadContext&) {
        const irq::Options options{.core = 1, .trigger = kernel::Trigger::EdgeTriggered};
        require(irq::attach_shared(a_line, one, options).has_value(), "a handler was refused");
        require(irq::attach_shared(a_line, other, options).has_value(), "a handler was refused");
        require(irq::enable(a_line).has_value(), "a line was refused");
        sim::pulse_line(a_line);
        for (u32 n = choose(4); n > 0; --n) yield();
        require(irq::detach_shared(one).has_value(), "a handler was not let go");
        used = 100;
        require(irq::detach_shared(other).has_value(), "a handler was not let go");
    }
    void raise(ThreadContext&) { yield(); }
};
const Model<SharedLeft> shared_left{"irq-shared"};

// A handler with a thread, attached and let go by one core after the other.
struct WithAThread : OnMachine<WithAThread> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "IRQ11", "a handler with a thread is one owner's at a time, and its thread sees why it is to end", 1000,
        30'000};

    u32 served = 0;
    u32 owned = 0;
    irq::ThreadedHandler handler{serve, this};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&WithAThread::use>(0);
        thread<&WithAThread::use>(1);
    }
    static void serve(ThreadContext&, void* suite) { static_cast<WithAThread*>(suite)->served += 1; }
    void use(ThreadContext& self) {
        for (u32 n = 0; n < 2; ++n) {
            const irq::ThreadedOptions options{
                .line = {.core = this_core(), .trigger = kernel::Trigger::EdgeTriggered},
                .thread = {.name = "irq", .priority = 20, .affinity = 1u << this_core()}};
            if (!irq::attach_threaded(a_line, handler, options)) continue;
            owned += 1;
            (void)irq::enable(a_line);
            sim::pulse_line(a_line);
            if (irq::detach_threaded(self, handler).has_value()) continue;
            require(false, "a handler was not let go");
        }
    }
};
const Model<WithAThread> with_a_thread{"irq-thread"};

}  // namespace
}  // namespace quartet::model
