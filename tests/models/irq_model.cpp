// SPDX-License-Identifier: MIT
//
// Handlers that come and go while their interrupts do.

#include "machine.hpp"

#include "../sim/controller.hpp"

#include <arch/cpu.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/shared_handler.hpp>

namespace quartet::model {
namespace {

using kernel::IrqContext;
using kernel::ThreadContext;
namespace irq = kernel::irq;

constexpr u32 a_line = 40;

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

// A thread makes a line pending, as a device would.
struct Pended : OnMachine<Pended> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"IRQ06", "the handler of a line that a thread made pending sees what that wrote", 1000,
                                 10'000};

    u32 written = 0;
    arch::Atomic<u32> ran{0};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&Pended::pend>(0);
        thread<&Pended::wait>(1);
    }
    static void handle(IrqContext& context) noexcept {
        auto& all = *static_cast<Pended*>(context.argument());
        require(all.written == 1, "what was written is not there");
        all.ran.store(1, arch::Order::Relaxed);
    }
    void pend(ThreadContext&) {
        require(irq::attach(a_line, handle, this, {.core = 1}).has_value() && irq::enable(a_line).has_value(),
                "a line was refused");
        written = 1;
        require(irq::pend(a_line).has_value(), "a line was not made pending");
    }
    void wait(ThreadContext&) {
        while (ran.load(arch::Order::Relaxed) == 0) arch::relax();
    }
};
const Model<Pended> pended{"irq-pend"};

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

}  // namespace
}  // namespace quartet::model
