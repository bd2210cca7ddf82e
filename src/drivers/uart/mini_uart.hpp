// SPDX-License-Identifier: MIT
//
// The mini-UART: what GPIO 14/15 carry on a board whose Bluetooth owns the PL011. Its rate follows
// the VideoCore's core clock, so that clock is asked for at start. It knows no parity and sees no
// framing error or break; of errors it tells the overrun alone.

#pragma once

#include <arch/mmio.hpp>
#include <base/result.hpp>
#include <drivers/uart/line_error_counts.hpp>
#include <kernel/iface/uart.hpp>

namespace quartet::drivers {

class MiniUart final : public kernel::Uart {
public:
    // core_clock / (8 * baud) - 1, to the nearest. Error::Invalid: it does not fit 16 bits.
    static Result<u32> divisor(u64 core_clock_hz, u32 baud) noexcept;

    // `aux`: the block that switches it on, 0x40 before its own registers.
    MiniUart(arch::MmioRegion aux, arch::MmioRegion region, u32 interrupt_id)
        : aux_(aux), region_(region), interrupt_id_(interrupt_id) {}

    // As Pl011::configure.
    Status configure(u64 core_clock_hz, u32 baud) noexcept;

    std::string_view name() const noexcept override { return "mini-uart"; }
    u32 interrupt_id() const noexcept override { return interrupt_id_; }
    void put_polled(u8 byte) noexcept override;
    void drain_polled() noexcept override;
    kernel::Received receive() noexcept override;
    kernel::Accepted transmit(u8 byte) noexcept override;
    void unmask_receive() noexcept override;
    void mask_receive() noexcept override;
    void unmask_transmit() noexcept override;
    void mask_transmit() noexcept override;
    kernel::LineErrors line_errors() const noexcept override { return errors_.snapshot(); }

private:
    // Every read of LSR clears its overrun bit, so every read goes through here and counts it.
    u32 line_status() noexcept;
    void set_interrupts(u32 receive, u32 transmit) noexcept;

    arch::MmioRegion aux_;
    arch::MmioRegion region_;
    u32 interrupt_id_;
    u32 receive_enabled_ = 0;
    u32 transmit_enabled_ = 0;
    LineErrorCounts errors_;
};

}  // namespace quartet::drivers
