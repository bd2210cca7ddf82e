// SPDX-License-Identifier: MIT
//
// The serial port behind two rings: what arrives waits for a reader, what is written waits for the wire.
// It knows interrupts but no threads: it says whom to wake, and its owner (console.hpp) does.

#pragma once

#include <arch/barrier.hpp>
#include <base/ring.hpp>
#include <base/types.hpp>
#include <kernel/console/packet_catcher.hpp>
#include <kernel/iface/uart.hpp>
#include <sync/ring_atomics.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::kernel {

class ConsolePort {
public:
    static constexpr usize receive_room = 4_KiB;
    static constexpr usize transmit_room = 4_KiB;
    // The deepest FIFO there is, the PL011's (DDI 0183G, 3.4.1: 32 from revision r1p5 on). What comes beyond it meanwhile
    // keeps the line asking, and is taken by the next interrupt.
    static constexpr usize most_at_once = 32;

    // Whom an interrupt has something for.
    struct Wakes {
        bool reader = false;
        bool writer = false;
        bool debugger = false;  // and nothing is taken from the port before it has been there
    };

    struct Counters {
        u64 received = 0;
        u64 sent = 0;
        u64 receive_stalls = 0;  // how often the ring was full, so that bytes had to wait in the port's FIFO
        LineErrors line;
    };

    constexpr ConsolePort() = default;
    ConsolePort(const ConsolePort&) = delete;
    ConsolePort& operator=(const ConsolePort&) = delete;

    // Context: boot; `uart` lives for ever. Only `send_polled` works until `open`.
    void use(Uart& uart) noexcept { uart_ = &uart; }
    Uart* uart() const noexcept { return uart_; }

    // Lets the receiver interrupt. Context: boot, the interrupt is attached.
    void open() noexcept;

    // What the port's interrupt handler does. Context: handler. Cost: takes at most `most_at_once` bytes, also from a
    // port that is filled as fast as it is read, and gives what the transmitter has room for.
    Wakes on_interrupt() noexcept;

    // --- The writer's side: one flow at a time.
    // No: the ring is full. What was accepted leaves after `flush`.
    Accepted offer(u8 byte) noexcept { return transmit_.put(byte) ? Accepted::Yes : Accepted::No; }
    // Starts the transmitter on what was offered. Context: any.
    void flush() noexcept;
    // True: the ring is full, and the writer is woken when half of it is free. Context: any.
    bool must_wait_for_room() noexcept;
    // Nothing is left in the ring. A snapshot.
    bool drained() const noexcept { return transmit_.empty(); }

    // --- The reader's side: one flow at a time.
    // False: nothing there; the next arrival wakes the reader.
    bool take(u8& byte) noexcept;
    bool readable() const noexcept { return !receive_.empty(); }

    // --- The debugger's packets (packet_catcher.hpp).
    // From here on they are looked for. Context: boot; an image with a debugger.
    void catch_packets() noexcept { catching_ = true; }
    // Bytes are kept that may be part of one. The reader's side.
    bool keeps() const noexcept { return kept_.load(arch::Order::Relaxed); }
    // Bytes that ever came, whosever they are: counts up.
    u64 received() const noexcept { return received_.load(arch::Order::Relaxed); }
    // They are none: to the line with them, unless a packet became whole. The reader's side.
    void give_back() noexcept;
    // Context: the debugger, or after a fault: the other cores held.
    PacketCatcher& catcher() noexcept { return catcher_; }
    // As if it had arrived; it is lost where the ring is full. Context: as above. The reader is to be woken.
    void put_back(u8 byte) noexcept { static_cast<void>(receive_.put(byte)); }

    // From here on bytes leave by polling alone: a core that is at the port goes no further than the byte that it is at.
    // Nothing undoes it. Context: after a fault.
    void close_transmitter() noexcept {
        closed_.store(true, arch::Order::Relaxed);
        arch::full_fence();  // pairs with the one in `move_out`
    }

    // The core that is moving bytes to the port and has not seen that it is closed, or none from max_cores on. Context:
    // behind close_transmitter.
    // A core says that it writes and then asks whether the port is closed, who reports closes it and then asks who writes.
    // With a full barrier between at least one sees the other's store (store buffering, Arm ARM B2.3); without either, a
    // byte may stand in the midst of the report.
    // Acquire: pairs with the release behind the last byte, which is on the wire before the report's first.
    u32 writer() const noexcept { return writer_.load(arch::Order::Acquire); }

    // What is left in the ring goes out by polling, past the lock, as long as `more` says so. Context: after a fault, the
    // other cores stopped.
    void flush_after_fault(bool (*more)() noexcept = nullptr) noexcept;

    // Straight to the wire, past ring and lock: before threads, and in a panic. Context: any.
    void send_polled(u8 byte) noexcept {
        if (uart_ != nullptr) uart_->put_polled(byte);
    }

    Counters counters() const noexcept;

private:
    static constexpr u32 nobody = ~0u;

    void give_back_locked() noexcept REQUIRES_LOCK(lock_);
    void move_in(Wakes& wakes) noexcept REQUIRES_LOCK(lock_);
    void move_out(Wakes& wakes) noexcept REQUIRES_LOCK(lock_);
    void reopen_receiver() noexcept;

    Uart* uart_ = nullptr;
    ByteRing<receive_room, sync::RingAtomics> receive_;  // handler -> reader
    ByteRing<transmit_room, sync::RingAtomics> transmit_;  // writer -> who holds the lock

    // Guards the device's registers and what follows.
    sync::SpinLock<sync::LockRank::Console> lock_;
    bool stalled_ GUARDED_BY(lock_) = false;  // the receiver is masked, because the ring was full
    bool sending_ GUARDED_BY(lock_) = false;  // the transmitter is unmasked
    bool writer_waits_ GUARDED_BY(lock_) = false;
    // Under the lock too, but for a debugger, who holds the cores and must not wait for one.
    PacketCatcher catcher_;
    bool catching_ = false;
    arch::Atomic<bool> kept_{false};  // a hint for the reader: relaxed
    arch::Atomic<bool> closed_{false};
    arch::Atomic<u32> writer_{nobody};
    arch::Atomic<u64> received_;  // counters: written under the lock, read without
    arch::Atomic<u64> sent_;
    arch::Atomic<u64> stalls_;
};

}  // namespace quartet::kernel
