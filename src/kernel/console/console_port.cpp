// SPDX-License-Identifier: MIT

#include <kernel/console/console_port.hpp>

#include <arch/cpu.hpp>

namespace quartet::kernel {

using arch::Order;

void ConsolePort::open() noexcept {
    sync::IrqLockGuard guard{lock_};
    uart_->unmask_receive();
}

ConsolePort::Wakes ConsolePort::on_interrupt() noexcept {
    Wakes wakes;
    sync::IrqLockGuard guard{lock_};
    move_in(wakes);
    move_out(wakes);
    return wakes;
}

void ConsolePort::give_back_locked() noexcept {
    catcher_.give_back([this](u8 byte) { receive_.put(byte); });
    kept_.store(false, Order::Relaxed);
}

void ConsolePort::give_back() noexcept {
    sync::IrqLockGuard guard{lock_};
    if (!catcher_.packet()) give_back_locked();
}

void ConsolePort::move_in(Wakes& wakes) noexcept {
    using Event = PacketCatcher::Event;
    u64 moved = 0;
    for (usize looks = 0; looks < most_at_once && !stalled_; ++looks) {
        // Room first, for what is kept as well: a byte that was read out of the FIFO cannot be put back.
        if (receive_.size() + catcher_.held() >= receive_room) {
            stalled_ = true;
            uart_->mask_receive();
            stalls_.fetch_add(1, Order::Relaxed);  // a count, it orders nothing
            break;
        }
        Received got = uart_->receive();
        if (got.kind == Received::Kind::Nothing) break;
        if (got.kind == Received::Kind::Damaged) continue;
        ++moved;
        Event event = catching_ ? catcher_.feed(got.byte) : Event::Line;
        wakes.debugger = event == Event::Packet || event == Event::Interrupt;
        if (wakes.debugger) break;
        if (event == Event::Held) {
            // The reader is woken by the first one alone, to count the time from there.
            wakes.reader |= !kept_.exchange(true, Order::Relaxed);
            continue;
        }
        if (event != Event::Line) give_back_locked();
        if (event != Event::GiveBack) receive_.put(got.byte);
        wakes.reader = true;
    }
    if (moved != 0) received_.fetch_add(moved, Order::Relaxed);  // a count, it orders nothing
}

void ConsolePort::move_out(Wakes& wakes) noexcept {
    u64 moved = 0;
    u8 byte = 0;
    // Relaxed: ordered by the barrier, of which writer() has the argument.
    writer_.store(arch::core_id(), Order::Relaxed);
    arch::full_fence();  // pairs with the one in close_transmitter
    while (!closed_.load(Order::Relaxed) && transmit_.peek(byte)) {
        if (uart_->transmit(byte) == Accepted::No) {
            if (!sending_) uart_->unmask_transmit();
            sending_ = true;
            break;
        }
        transmit_.take(byte);
        ++moved;
    }
    writer_.store(nobody, Order::Release);  // after the last byte; pairs with the acquire in writer()
    sent_.fetch_add(moved, Order::Relaxed);  // a count, it orders nothing
    if (sending_ && transmit_.empty()) {
        uart_->mask_transmit();
        sending_ = false;
    }
    if (writer_waits_ && transmit_.size() <= transmit_room / 2) {
        writer_waits_ = false;
        wakes.writer = true;
    }
}

void ConsolePort::flush() noexcept {
    Wakes ignored;  // the writer is the caller: it does not wait
    sync::IrqLockGuard guard{lock_};
    // While the transmitter asks, its handler moves: then there is nothing to start.
    if (!sending_) move_out(ignored);
}

void ConsolePort::flush_after_fault(bool (*more)() noexcept) noexcept {
    u8 byte = 0;
    // No more than fits: a core that did not stop may still be writing.
    for (usize n = 0; n < transmit_room; ++n) {
        if ((more != nullptr && !more()) || !transmit_.take(byte)) return;
        send_polled(byte);
    }
}

bool ConsolePort::must_wait_for_room() noexcept {
    sync::IrqLockGuard guard{lock_};
    writer_waits_ = transmit_.full();
    return writer_waits_;
}

bool ConsolePort::take(u8& byte) noexcept {
    bool taken = receive_.take(byte);
    if (!taken || receive_.size() == receive_room / 2) reopen_receiver();
    return taken;
}

void ConsolePort::reopen_receiver() noexcept {
    sync::IrqLockGuard guard{lock_};
    if (!stalled_) return;
    stalled_ = false;
    uart_->unmask_receive();
}

ConsolePort::Counters ConsolePort::counters() const noexcept {
    return {.received = received_.load(Order::Relaxed),
            .sent = sent_.load(Order::Relaxed),
            .receive_stalls = stalls_.load(Order::Relaxed),
            .line = uart_ != nullptr ? uart_->line_errors() : LineErrors{}};
}

}  // namespace quartet::kernel
