// SPDX-License-Identifier: MIT
//
// The log on the console: at once by polling until there are threads, then by a thread of its own that a doorbell
// wakes, and once more by polling after a fault.

#include <kernel/console/console.hpp>

#include <arch/cpu.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/thread/threads.hpp>

namespace quartet::kernel {
namespace {

// Above the priority that threads have by default, so that a busy application cannot silence the log;
// below the shell, whose echo must not wait for it.
constexpr u8 log_priority = 19;

void write_line_polled(std::string_view line) {
    console().write_polled(line);
    console().write_polled("\n");
}

}  // namespace

void Console::show_log_polled() noexcept {
    the_log.set_doorbell(&show_or_ring);
    show_or_ring();
}

// Another core may come here with the doorbell of a moment ago, when threads write already: between two of their bytes.
void Console::show_or_ring() noexcept {
    // Relaxed: the log has a fence before it asks.
    const auto polled = []() noexcept { return !console().threaded_.load(arch::Order::Relaxed); };
    if (!the_log.show_while(&write_line_polled, polled)) ring_doorbell();
}

void Console::end_polled_log() noexcept {
    ThreadContext self = ThreadContext::current(Unsafe{"the console is started by a thread that holds nothing"});
    threaded_.store(true, arch::Order::Relaxed);
    // Who shows by polling sees the store, or is seen to show.
    while (the_log.showing()) sleep_for(self, microseconds(100));  // he may be a thread below this one
}

Status Console::start_log() noexcept {
    ipi::attach<ipi::Purpose::Log, &Console::handle_doorbell>();
    return detach(TRY(spawn({.name = "log", .priority = log_priority, .on_fault = OnFault::Stop}, &log_thread, this)));
}

void Console::open_log() noexcept {
    the_log.set_doorbell(&ring_doorbell);
    nudge(log_due_);  // what came meanwhile
}

void Console::ring_doorbell() noexcept {
    // A log call may stand under any lock, where waking a thread is not legal: a software interrupt to
    // oneself is, and comes when the lock is gone. Once until it is answered. AcqRel pairs with the exchange in
    // `log_thread`: either we see that the bell is down and raise it, or who takes it down sees our record.
    // Masked first: whoever was preempted between the two would silence the log of all cores until it runs again.
    arch::IrqsMasked masked;
    if (!irq::core_started(arch::core_id())) return;  // the next one that logs elsewhere rings
    if (console().rung_.exchange(1, arch::Order::AcqRel) != 0) return;
    ipi::send(arch::core_id(), ipi::Purpose::Log, masked);
}

void Console::handle_doorbell() noexcept { nudge(console().log_due_); }

void Console::log_thread(ThreadContext& self, void* console) {
    Console& ours = *static_cast<Console*>(console);
    for (;;) {
        if (!ours.log_due_.take(self)) return;  // never closed
        // A full exchange, not a store: what is drained below must not be looked at before the bell is down.
        ours.rung_.exchange(0, arch::Order::AcqRel);  // pairs with the exchange in `ring_doorbell`
        ours.print_log(self);
    }
}

void Console::print_log(ThreadContext& self) noexcept {
    if (!threaded_.load(arch::Order::Relaxed)) return;  // then a log call drains by itself
    {
        // The ring is emptied whatever stands at the cursor. Who comes second waits until the first has formatted, so
        // that what was logged before this call is in the history behind it.
        MutexGuard guard{formatting_, self};
        the_log.drain();
    }
    MutexGuard guard{output_, self};
    if (last_ != '\n') return;  // `write` nudges again when the line is ended
    the_log.show([](std::string_view line) REQUIRES_LOCK(console().output_) {
        ThreadContext thread =
            ThreadContext::current(Unsafe{"show runs its sink in the thread below, which holds output_"});
        console().put(thread, line);
        console().put(thread, "\n");
    });
}

void Console::flush_after_fault(bool (*more)() noexcept) noexcept {
    if (port_.uart() == nullptr) return;
    port_.flush_after_fault(more);
    // The line that the cursor may be in is ended, once, and only where there is something to say below it.
    static constinit bool begun = false;
    the_log.show_after_fault(
        [](std::string_view line) {
            if (!begun) console().write_polled("\n");
            begun = true;
            write_line_polled(line);
        },
        more);
}

}  // namespace quartet::kernel
