// SPDX-License-Identifier: MIT
//
// The mini-UART of the BCM2711's auxiliary block (BCM2711 ARM Peripherals, 2.2). Offsets are from
// the start of its own registers, AUX_MU_IO; AUX_ENABLES lies before them, in the block's part.

#pragma once

#include <base/field.hpp>

namespace quartet::drivers {

namespace aux {

struct Enables : ReadWrite<u32, 0x04> {
    using MiniUart = Field<Enables, 0, 0>;  // the other two bits are SPI1 and SPI2
};

}  // namespace aux

namespace mini_uart {

struct Io : ReadWrite<u32, 0x00> {
    using Data = Field<Io, 7, 0>;
};

// The manual names these two the other way round; bit 0 is the receiver's (its errata say so).
struct Ier : ReadWrite<u32, 0x04> {
    using Required = Field<Ier, 3, 2>;  // both set, or no interrupt is received (the manual's errata, page 12)
    using Transmit = Field<Ier, 1, 1>;
    using Receive = Field<Ier, 0, 0>;
};

struct Iir : ReadWrite<u32, 0x08> {
    using ClearFifos = Field<Iir, 2, 1>;  // on writing
};

struct Lcr : ReadWrite<u32, 0x0c> {
    enum class Bits : u32 { Seven = 0, Eight = 3 };  // the manual's 1 gives seven (its errata)
    using WordLength = Field<Lcr, 1, 0, Bits>;
};

struct Mcr : ReadWrite<u32, 0x10> {};

struct Lsr : ReadOnly<u32, 0x14> {
    using TransmitIdle = Field<Lsr, 6, 6>;
    using TransmitReady = Field<Lsr, 5, 5>;
    using Overrun = Field<Lsr, 1, 1>;  // cleared by the read
    using DataReady = Field<Lsr, 0, 0>;
};

struct Cntl : ReadWrite<u32, 0x20> {
    using TransmitEnable = Field<Cntl, 1, 1>;
    using ReceiveEnable = Field<Cntl, 0, 0>;
};

struct Baud : ReadWrite<u32, 0x28> {
    using Divisor = Field<Baud, 15, 0>;
};

}  // namespace mini_uart

}  // namespace quartet::drivers
