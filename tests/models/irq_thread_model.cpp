// SPDX-License-Identifier: MIT
//
// Handlers with a thread of their own: who owns one, who may open its line, and how the thread ends.

#include "machine.hpp"

#include "../sim/controller.hpp"

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <kernel/irq/threaded_handler.hpp>

namespace quartet::model {
namespace {

using kernel::IrqContext;
using kernel::ThreadContext;
namespace irq = kernel::irq;

constexpr u32 a_line = 40;

irq::ThreadedOptions on_core(u32 line_core, u32 thread_core, kernel::Trigger trigger) {
    return {.line = {.core = line_core, .trigger = trigger},
            .thread = {.name = "irq", .priority = 20, .affinity = 1u << thread_core}};
}

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
            const auto options = on_core(this_core(), this_core(), kernel::Trigger::EdgeTriggered);
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

// A level line: closed while the thread works on one core, opened by it, and handled again on another.
struct OpenedByItsThread : OnMachine<OpenedByItsThread> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"IRQ11", "the handler that comes after a thread's work sees what the thread wrote",
                                 1000, 30'000};

    u32 worked = 0;  // the thread's
    u32 seen = 0;  // the handler's
    irq::ThreadedHandler handler{work, this, look};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&OpenedByItsThread::use>(0);
    }
    static irq::Quick look(IrqContext& context) noexcept {
        auto& all = *static_cast<OpenedByItsThread*>(context.argument());
        all.seen = all.worked;
        return irq::Quick::RunThread;
    }
    static void work(ThreadContext&, void* suite) {
        u32& worked = static_cast<OpenedByItsThread*>(suite)->worked;
        if (++worked == 2) sim::lower_line(a_line);
    }
    void use(ThreadContext& self) {
        require(irq::attach_threaded(a_line, handler, on_core(1, 0, kernel::Trigger::LevelSensitive)).has_value() &&
                    irq::enable(a_line).has_value(),
                "a line was refused");
        sim::raise_line(a_line);
        while (worked < 2) arch::relax();  // this core's own
        require(irq::detach_threaded(self, handler).has_value(), "a handler was not let go");
    }
};
const Model<OpenedByItsThread> opened{"irq-thread-level"};

// Somebody disables the line while its thread is about to open it.
struct ClosedMeanwhile : OnMachine<ClosedMeanwhile> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"IRQ11", "no handler of a line that was disabled begins, though its thread opens it",
                                 2000, 30'000};

    arch::Atomic<u32> worked{0};
    u64 closed_at = 0;  // the counter when `disable` had returned; not of the cores' memory
    irq::ThreadedHandler handler{work, this, look};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&ClosedMeanwhile::use>(0);
    }
    [[gnu::no_sanitize_thread, gnu::noinline]] void note_closed() { closed_at = arch::counter(); }
    [[gnu::no_sanitize_thread, gnu::noinline]] bool closed_before(u64 time) const {
        return closed_at != 0 && time > closed_at;
    }
    static irq::Quick look(IrqContext& context) noexcept {
        auto& all = *static_cast<ClosedMeanwhile*>(context.argument());
        require(!all.closed_before(machine::interrupt_began()), "a handler began after the line was disabled");
        return irq::Quick::RunThread;
    }
    static void work(ThreadContext&, void* suite) {
        static_cast<ClosedMeanwhile*>(suite)->worked.fetch_add(1, arch::Order::Relaxed);
    }
    void use(ThreadContext& self) {
        require(irq::attach_threaded(a_line, handler, on_core(2, 1, kernel::Trigger::LevelSensitive)).has_value() &&
                    irq::enable(a_line).has_value(),
                "a line was refused");
        sim::raise_line(a_line);
        while (worked.load(arch::Order::Relaxed) == 0) arch::relax();
        for (u32 n = choose(20); n > 0; --n) yield();
        require(irq::disable(a_line).has_value(), "a line was not disabled");
        note_closed();
        for (u32 n = 0; n < 300; ++n) yield();
        sim::lower_line(a_line);
        require(irq::detach_threaded(self, handler).has_value(), "a handler was not let go");
    }
};
const Model<ClosedMeanwhile> closed_meanwhile{"irq-thread-disabled"};

// One attaches, another one detaches, and so on.
struct FromOwnerToOwner : OnMachine<FromOwnerToOwner> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "IRQ11", "who detaches what another core attached, or attaches what another detached, finds it whole", 1000,
        30'000};

    irq::ThreadedHandler handler{work, this};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&FromOwnerToOwner::attach>(0);
        thread<&FromOwnerToOwner::detach>(1);
    }
    static void work(ThreadContext&, void*) {}
    void attach(ThreadContext&) {
        for (u32 n = 0; n < 2; ++n) {
            while (!irq::attach_threaded(a_line, handler, on_core(0, 0, kernel::Trigger::EdgeTriggered))) arch::relax();
        }
    }
    void detach(ThreadContext& self) {
        for (u32 n = 0; n < 2; ++n) {
            while (!irq::detach_threaded(self, handler)) arch::relax();
        }
    }
};
const Model<FromOwnerToOwner> to_owner{"irq-thread-owners"};

// Its own thread tries to detach it, which is refused, and another one does.
struct DetachedByItself : OnMachine<DetachedByItself> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{
        "IRQ11", "who detaches a handler that its own thread could not finds it as it was attached", 2000, 30'000};

    irq::ThreadedHandler handler{work, this};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&DetachedByItself::attach>(0);
        thread<&DetachedByItself::detach>(1);
    }
    static void work(ThreadContext& self, void* suite) {
        for (u32 n = 0; n < 4; ++n)
            require(!irq::detach_threaded(self, static_cast<DetachedByItself*>(suite)->handler),
                    "a thread waited for its own end");
    }
    void attach(ThreadContext&) {
        require(irq::attach_threaded(a_line, handler, on_core(2, 2, kernel::Trigger::EdgeTriggered)).has_value(),
                "a line was refused");
        static_cast<void>(irq::enable(a_line));  // it may have been detached already
        sim::pulse_line(a_line);
    }
    void detach(ThreadContext& self) {
        while (!irq::detach_threaded(self, handler)) arch::relax();
    }
};
const Model<DetachedByItself> by_itself{"irq-thread-own"};

// The last interrupt of a line comes while its thread, on another core, is about to look whether it is to stop.
struct StoppedElsewhere : OnMachine<StoppedElsewhere> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"IRQ11", "a handler's thread on another core ends when it is detached", 2000, 30'000};

    irq::ThreadedHandler handler{work, this};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&StoppedElsewhere::use>(0);
    }
    static void work(ThreadContext&, void*) {}
    void use(ThreadContext& self) {
        require(irq::attach_threaded(a_line, handler, on_core(0, 1, kernel::Trigger::EdgeTriggered)).has_value() &&
                    irq::enable(a_line).has_value(),
                "a line was refused");
        sim::pulse_line(a_line);
        for (u32 n = choose(40); n > 0; --n) arch::relax();
        require(irq::detach_threaded(self, handler).has_value(), "a handler was not let go");
    }
};
const Model<StoppedElsewhere> stopped_elsewhere{"irq-thread-stops"};

}  // namespace
}  // namespace quartet::model
