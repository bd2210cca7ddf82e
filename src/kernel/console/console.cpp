// SPDX-License-Identifier: MIT
//
// How the console comes to be, and what moves its bytes.

#include <kernel/console/console.hpp>

#include <base/static_room.hpp>
#include <kernel/fault/debug_entry.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/thread/threads.hpp>

namespace quartet::kernel {
namespace {

// Above everything that prints or reads.
constexpr u8 poll_priority = 30;

constinit StaticRoom<Console> the_console;

}  // namespace

Console& make_console() noexcept { return the_console.make(); }
Console& console() noexcept { return *the_console.get(); }
Console* console_if_any() noexcept { return the_console.get(); }

void Console::use(Uart& uart) noexcept {
    port_.use(uart);
    show_log_polled();
}

Status Console::start(Drive drive) noexcept {
    TRY(start_log());
    port_.uart()->drain_polled();
    if (drive == Drive::Interrupt) {
        // A burst is at most an interrupt a byte, on an emulated port as fast as the host is: no storm.
        u32 id = port_.uart()->interrupt_id();
        TRY(irq::attach(id, &handle_port, this, {.storm_limit = 0, .name = "console"}));
        TRY(irq::enable(id));
    } else {
        ThreadHandle poll = TRY(
            spawn({.name = "console-poll", .priority = poll_priority, .on_fault = OnFault::Stop}, &poll_thread, this));
        TRY(detach(poll));
    }
    end_polled_log();
    port_.open();
    open_log();
    return {};
}

// A semaphore at its ceiling already says what we want to say.
void Console::nudge(Semaphore& semaphore) noexcept { (void)semaphore.give().has_value(); }

void Console::handle_port(IrqContext& context) noexcept { static_cast<Console*>(context.argument())->move(); }

void Console::move() noexcept {
    ConsolePort::Wakes wakes = port_.on_interrupt();
    if (wakes.reader) nudge(arrived_);
    if (wakes.writer) nudge(room_);
    if (wakes.debugger) {
        arch::IrqsMasked masked;
        ask_for_debugger(masked);
    }
}

void Console::poll_thread(ThreadContext& self, void* console) {
    for (;;) {
        static_cast<Console*>(console)->move();
        // The FIFO's 16 bytes last 1.4 ms at 115200 baud.
        sleep_for(self, milliseconds(1));
    }
}

}  // namespace quartet::kernel
