// SPDX-License-Identifier: MIT
//
// A serial port as the console and the panic path see it, whichever chip stands behind.

#pragma once

#include <base/result.hpp>
#include <base/types.hpp>

#include <string_view>

namespace quartet::kernel {

// How often the line was bad since start. Snapshots: each is read for itself.
struct LineErrors {
    u32 breaks = 0;
    u32 framing = 0;
    u32 parity = 0;
    u32 overruns = 0;

    constexpr u32 total() const { return breaks + framing + parity + overruns; }
    constexpr bool operator==(const LineErrors&) const = default;
};

// What one look into the receiver brought.
struct Received {
    enum class Kind : u8 {
        Nothing,  // the receiver is empty
        Byte,     // `byte` arrived whole
        Damaged,  // something arrived with an error: counted, not to be used, look again
    };
    Kind kind = Kind::Nothing;
    u8 byte = 0;
};

enum class Accepted : bool { No, Yes };

class Uart {
public:
    Uart(const Uart&) = delete;
    Uart& operator=(const Uart&) = delete;

    // "pl011" or "mini-uart".
    virtual std::string_view name() const noexcept = 0;
    // The id of its line at the interrupt controller.
    virtual u32 interrupt_id() const noexcept = 0;

    // Send by polling. Context: any, panic included; takes no lock, touches no memory but the
    // device. Waits for room, but not for ever: a port that stays full for 100 ms loses the byte.
    virtual void put_polled(u8 byte) noexcept = 0;
    // Wait until all that was accepted has left the wire, at most 100 ms. Context: any.
    virtual void drain_polled() noexcept = 0;

    // Take one byte out of the receiver. Context: any, one caller at a time. Cost: 1-2 device reads.
    virtual Received receive() noexcept = 0;
    // Give one byte to the transmitter, which may be full. Context: any, one caller at a time.
    virtual Accepted transmit(u8 byte) noexcept = 0;

    // Whether the line asks for `receive` or for more to `transmit`. Unmask the transmitter after
    // `transmit` said No: the PL011 asks as its FIFO drains, not because it is empty. Both stay
    // asked for until the receiver is empty, the transmitter is filled, or the side is masked.
    // Context: any, one caller at a time (the mask register is read and written).
    virtual void unmask_receive() noexcept = 0;
    virtual void mask_receive() noexcept = 0;
    virtual void unmask_transmit() noexcept = 0;
    virtual void mask_transmit() noexcept = 0;

    virtual LineErrors line_errors() const noexcept = 0;

protected:
    constexpr Uart() = default;
    ~Uart() = default;
};

}  // namespace quartet::kernel
