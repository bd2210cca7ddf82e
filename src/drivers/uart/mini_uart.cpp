// SPDX-License-Identifier: MIT

#include <drivers/uart/mini_uart.hpp>

#include <drivers/uart/mini_uart_registers.hpp>
#include <sync/clock.hpp>

namespace quartet::drivers {

using namespace mini_uart;

namespace {

constexpr u32 patience_ms = 100;

}  // namespace

Result<u32> MiniUart::divisor(u64 core_clock_hz, u32 baud) noexcept {
    if (baud == 0 || core_clock_hz > u64{1} << 40) return fail(Error::Invalid);
    u64 eight_baud = u64{baud} * 8;
    u64 rounds = (core_clock_hz + eight_baud / 2) / eight_baud;
    if (rounds == 0 || rounds > 65536) return fail(Error::Invalid);
    return static_cast<u32>(rounds - 1);
}

Status MiniUart::configure(u64 core_clock_hz, u32 baud) noexcept {
    u32 rate = TRY(divisor(core_clock_hz, baud));

    // Its registers do not answer before the block has switched it on (2.2, AUX_ENABLES).
    modify<aux::Enables::MiniUart>(aux_, 1);
    drain_polled();
    write(region_, Value<Cntl>{0});
    write(region_, Value<Ier>{0});
    write(region_, Lcr::WordLength::of(Lcr::Bits::Eight));
    write(region_, Value<Mcr>{0});
    write(region_, Baud::Divisor::of(rate));
    write(region_, Iir::ClearFifos::of(3));
    write(region_, Cntl::TransmitEnable::of(1) | Cntl::ReceiveEnable::of(1));
    return {};
}

u32 MiniUart::line_status() noexcept {
    Value<Lsr> status = read<Lsr>(region_);
    if (Lsr::Overrun::in(status) != 0) errors_.count_overrun();
    return status.bits;
}

void MiniUart::put_polled(u8 byte) noexcept {
    if (sync::wait_until(patience_ms, [&] { return Lsr::TransmitReady::in({line_status()}) != 0; }))
        write(region_, Io::Data::of(byte));
}

void MiniUart::drain_polled() noexcept {
    static_cast<void>(sync::wait_until(patience_ms, [&] { return Lsr::TransmitIdle::in({line_status()}) != 0; }));
}

// An overrun says that bytes were lost behind those that wait, not that one of these is bad: the
// bytes are kept, the loss is counted.
kernel::Received MiniUart::receive() noexcept {
    if (Lsr::DataReady::in({line_status()}) == 0) return {};
    return {.kind = kernel::Received::Kind::Byte, .byte = static_cast<u8>(Io::Data::in(read<Io>(region_)))};
}

kernel::Accepted MiniUart::transmit(u8 byte) noexcept {
    if (Lsr::TransmitReady::in({line_status()}) == 0) return kernel::Accepted::No;
    write(region_, Io::Data::of(byte));
    return kernel::Accepted::Yes;
}

// From what we remember, not from what it reads as: bits 3:2 need not read back.
void MiniUart::set_interrupts(u32 receive, u32 transmit) noexcept {
    receive_enabled_ = receive;
    transmit_enabled_ = transmit;
    write(region_, Ier::Required::of(3) | Ier::Receive::of(receive) | Ier::Transmit::of(transmit));
}

void MiniUart::unmask_receive() noexcept { set_interrupts(1, transmit_enabled_); }
void MiniUart::mask_receive() noexcept { set_interrupts(0, transmit_enabled_); }
void MiniUart::unmask_transmit() noexcept { set_interrupts(receive_enabled_, 1); }
void MiniUart::mask_transmit() noexcept { set_interrupts(receive_enabled_, 0); }

}  // namespace quartet::drivers
