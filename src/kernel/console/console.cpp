// SPDX-License-Identifier: MIT

#include <kernel/console/console.hpp>

#include <base/static_room.hpp>
#include <arch/cpu.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/thread/threads.hpp>

namespace quartet::kernel {
namespace {

// Above the priority that threads have by default, so that a busy application cannot silence the log;
// below the shell, whose echo must not wait for it.
constexpr u8 log_priority = 19;

// Above everything that prints or reads.
constexpr u8 poll_priority = 30;

// A semaphore at its ceiling already says what we want to say.
void nudge(Semaphore& semaphore) noexcept { (void)semaphore.give().has_value(); }

// A thread that nobody waits for.
Status start_thread(const ThreadOptions& options, ThreadEntry entry, void* argument) {
    return detach(TRY(spawn(options, entry, argument)));
}

constinit StaticRoom<Console> the_console;

void write_line_polled(std::string_view line) {
    console().write_polled(line);
    console().write_polled("\n");
}

}  // namespace

Console& make_console() noexcept { return the_console.make(); }
Console& console() noexcept { return *the_console.get(); }
Console* console_if_any() noexcept { return the_console.get(); }

void Console::use(Uart& uart) noexcept {
    port_.use(uart);
    the_log.set_doorbell([]() noexcept { the_log.show(&write_line_polled); });
    the_log.show(&write_line_polled);
}

Status Console::start(Drive drive) noexcept {
    ipi::attach<ipi::Purpose::Log, &Console::handle_doorbell>();
    TRY(start_thread({.name = "log", .priority = log_priority}, &log_thread, this));
    port_.uart()->drain_polled();
    if (drive == Drive::Interrupt) {
        // A burst is at most an interrupt a byte, on an emulated port as fast as the host is: no storm.
        u32 id = port_.uart()->interrupt_id();
        TRY(irq::attach(id, &handle_port, this, {.storm_limit = 0, .name = "console"}));
        TRY(irq::enable(id));
    } else {
        TRY(start_thread({.name = "console-poll", .priority = poll_priority}, &poll_thread, this));
    }
    threaded_ = true;
    port_.open();
    the_log.set_doorbell(&ring_doorbell);
    nudge(log_due_);  // what came meanwhile
    return {};
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

void Console::handle_port(IrqContext& context) noexcept { static_cast<Console*>(context.argument())->move(); }

void Console::move() noexcept {
    ConsolePort::Wakes wakes = port_.on_interrupt();
    if (wakes.reader) nudge(arrived_);
    if (wakes.writer) nudge(room_);
}

void Console::poll_thread(ThreadContext& self, void* console) {
    for (;;) {
        static_cast<Console*>(console)->move();
        // The FIFO's 16 bytes last 1.4 ms at 115200 baud.
        sleep_for(self, milliseconds(1));
    }
}

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
    if (!threaded_) return;  // then a log call drains by itself
    {
        // The ring is emptied whatever stands at the cursor. Who comes second waits until the first has formatted, so
        // that what was logged before this call is in the history behind it.
        MutexGuard guard{formatting_, self};
        the_log.drain();
    }
    MutexGuard guard{output_, self};
    if (last_ != '\n') return;  // `write` nudges again when the line is ended
    the_log.show([](std::string_view line) UNCHECKED_LOCKING {
        ThreadContext thread =
            ThreadContext::current(Unsafe{"show runs its sink in the thread below, which holds output_"});
        console().put(thread, line);
        console().put(thread, "\n");
    });
}

void Console::write(ThreadContext& self, std::string_view text) noexcept {
    if (text.empty()) return;
    if (!threaded_) return write_polled(text);
    MutexGuard guard{output_, self};
    bool was_open = last_ != '\n';
    put(self, text);
    if (was_open && last_ == '\n') nudge(log_due_);
}

void Console::put(ThreadContext& self, std::string_view text) noexcept {
    for (char c : text) {
        if (c == '\n' && last_ != '\r') put_byte(self, '\r');
        put_byte(self, static_cast<u8>(c));
        last_ = c;
    }
    port_.flush();
}

void Console::put_byte(ThreadContext& self, u8 byte) noexcept {
    while (port_.offer(byte) == Accepted::No) {
        port_.flush();
        if (port_.must_wait_for_room() && !room_.take(self)) return;  // never closed
    }
}

Result<u8> Console::read(ThreadContext& self, Duration timeout) noexcept {
    u8 byte = 0;
    while (!port_.take(byte)) {
        Status waited = arrived_.take_for(self, timeout);
        if (!waited) return fail(waited.error());
    }
    return byte;
}

void Console::write_polled(std::string_view text) noexcept {
    char before = 0;
    for (char c : text) {
        if (c == '\n' && before != '\r') port_.send_polled('\r');
        port_.send_polled(static_cast<u8>(c));
        before = c;
    }
}

void Console::flush_after_fault() noexcept {
    if (port_.uart() == nullptr) return;
    port_.flush_after_fault();
    // The line that the cursor may be in is ended, once, and only where there is something to say below it.
    static constinit bool begun = false;
    the_log.show_after_fault([](std::string_view line) {
        if (!begun) console().write_polled("\n");
        begun = true;
        write_line_polled(line);
    });
}

void Console::drain(ThreadContext& self) noexcept {
    while (!port_.drained()) sleep_for(self, milliseconds(1));
    port_.uart()->drain_polled();
}

}  // namespace quartet::kernel
