// SPDX-License-Identifier: MIT

#include <drivers/uart/pl011.hpp>

#include <drivers/uart/pl011_registers.hpp>
#include <sync/clock.hpp>

namespace quartet::drivers {

using namespace pl011;

namespace {

constexpr u32 patience_ms = 100;

}  // namespace

Result<Pl011::Divisor> Pl011::divisor(u64 clock_hz, u32 baud) noexcept {
    if (baud == 0 || clock_hz == 0 || clock_hz > u64{1} << 40) return fail(Error::Invalid);
    // clock / (16 * baud) in 64ths is clock * 4 / baud, rounded to the nearest (DDI 0183G, 3.3.6).
    u64 sixty_fourths = (clock_hz * 4 + baud / 2) / baud;
    // The integer part is 1 to 65535, and 65535 leaves no room for a fraction.
    if (sixty_fourths < 64 || sixty_fourths > u64{65535} * 64) return fail(Error::Invalid);
    // 64 steps at least: rounding is then below 1 %, so nothing more has to be compared.
    return Divisor{.integer = static_cast<u32>(sixty_fourths / 64), .fraction = static_cast<u32>(sixty_fourths % 64)};
}

Status Pl011::configure(u64 clock_hz, u32 baud) noexcept {
    Divisor rate = TRY(divisor(clock_hz, baud));

    // A byte that is being sent when the port is switched off leaves half of it on the wire.
    drain_polled();
    write(region_, Value<Cr>{0});
    write(region_, Value<Imsc>{0});
    write(region_, Icr::All::of(0x7ff));
    // FIFOs off empties them (3.3.7); then the divisor, which counts from the write of LCR_H on.
    write(region_, LcrH::FifoEnable::of(0));
    write(region_, Value<Ecr>{0});
    write(region_, Ibrd::Divisor::of(rate.integer));
    write(region_, Fbrd::Divisor::of(rate.fraction));
    write(region_, LcrH::WordLength::of(LcrH::Bits::Eight) | LcrH::FifoEnable::of(1));
    // Receive at 1/8 leaves the most room (28 bytes, 2.4 ms at 115200) for a core that has its
    // interrupts masked; a lone byte arrives by the receive time-out. Transmit at 1/8 fills the most at once.
    write(region_, Ifls::Receive::of(Ifls::Level::Eighth) | Ifls::Transmit::of(Ifls::Level::Eighth));
    write(region_, Cr::Enable::of(1) | Cr::TransmitEnable::of(1) | Cr::ReceiveEnable::of(1));
    return {};
}

void Pl011::put_polled(u8 byte) noexcept {
    // Only into a FIFO that has room: a write to a full one is lost, and the one before it too on
    // some revisions.
    if (sync::wait_until(patience_ms, [&] { return Fr::TransmitFull::in(read<Fr>(region_)) == 0; }))
        write(region_, Dr::Data::of(byte));
}

void Pl011::drain_polled() noexcept {
    static_cast<void>(sync::wait_until(patience_ms, [&] { return Fr::Busy::in(read<Fr>(region_)) == 0; }));
}

kernel::Received Pl011::receive() noexcept {
    using Kind = kernel::Received::Kind;
    if (Fr::ReceiveEmpty::in(read<Fr>(region_)) != 0) return {};

    // The error bits travel with the byte: one read takes both (3.3.1).
    Value<Dr> data = read<Dr>(region_);
    constexpr Value<Dr> damage = Dr::Overrun::mask() | Dr::Break::mask() | Dr::Parity::mask() | Dr::Framing::mask();
    if (!data.has_any(damage)) return {.kind = Kind::Byte, .byte = static_cast<u8>(Dr::Data::in(data))};

    // A break is a frame of zeros with a bad stop bit: it is counted as the break alone.
    if (Dr::Break::in(data) != 0) {
        errors_.count_break();
    } else {
        if (Dr::Framing::in(data) != 0) errors_.count_framing();
        if (Dr::Parity::in(data) != 0) errors_.count_parity();
    }
    if (Dr::Overrun::in(data) != 0) errors_.count_overrun();
    write(region_, Value<Ecr>{0});
    return {.kind = Kind::Damaged};
}

kernel::Accepted Pl011::transmit(u8 byte) noexcept {
    if (Fr::TransmitFull::in(read<Fr>(region_)) != 0) return kernel::Accepted::No;
    write(region_, Dr::Data::of(byte));
    return kernel::Accepted::Yes;
}

void Pl011::unmask_receive() noexcept {
    write(region_, read<Imsc>(region_) | Imsc::Receive::of(1) | Imsc::ReceiveTimeout::of(1));
}

void Pl011::mask_receive() noexcept {
    write(region_, Imsc::Receive::put(Imsc::ReceiveTimeout::put(read<Imsc>(region_), 0), 0));
}

void Pl011::unmask_transmit() noexcept { modify<Imsc::Transmit>(region_, 1); }
void Pl011::mask_transmit() noexcept { modify<Imsc::Transmit>(region_, 0); }

}  // namespace quartet::drivers
