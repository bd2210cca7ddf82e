// SPDX-License-Identifier: MIT
//
// Arm's PL011 serial port. 48 MHz on the board, 3 MHz in QEMU: the clock is told by whoever made
// us, from the mailbox or the device tree.

#pragma once

#include <arch/mmio.hpp>
#include <base/result.hpp>
#include <drivers/uart/line_error_counts.hpp>
#include <kernel/iface/uart.hpp>

namespace quartet::drivers {

class Pl011 final : public kernel::Uart {
public:
    // What divides the clock, which is 16 times the rate; the fraction is in 64ths. Error::Invalid:
    // no divisor of this clock gives the rate. Where one does it is off by less than 1 %.
    struct Divisor {
        u32 integer;
        u32 fraction;
        constexpr bool operator==(const Divisor&) const = default;
    };
    static Result<Divisor> divisor(u64 clock_hz, u32 baud) noexcept;

    Pl011(arch::MmioRegion region, u32 interrupt_id) : region_(region), interrupt_id_(interrupt_id) {}

    // 8N1, FIFOs on, both sides' interrupts masked. Programmed whole, whatever firmware left: what
    // it still sends is waited for, at most 100 ms. Context: boot; one caller.
    Status configure(u64 clock_hz, u32 baud) noexcept;

    std::string_view name() const noexcept override { return "pl011"; }
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
    arch::MmioRegion region_;
    u32 interrupt_id_;
    LineErrorCounts errors_;
};

}  // namespace quartet::drivers
