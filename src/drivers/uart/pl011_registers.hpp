// SPDX-License-Identifier: MIT
//
// PL011 registers, named as in Arm's manual of it (DDI 0183G, chapter 3).

#pragma once

#include <base/field.hpp>

namespace quartet::drivers::pl011 {

// 3.3.1: the byte, and how it arrived. Writing transmits.
struct Dr : ReadWrite<u32, 0x00> {
    using Overrun = Field<Dr, 11, 11>;
    using Break = Field<Dr, 10, 10>;
    using Parity = Field<Dr, 9, 9>;
    using Framing = Field<Dr, 8, 8>;
    using Data = Field<Dr, 7, 0>;
};

// 3.3.2: any write clears the errors.
struct Ecr : WriteOnly<u32, 0x04> {};

// 3.3.3
struct Fr : ReadOnly<u32, 0x18> {
    using TransmitFull = Field<Fr, 5, 5>;
    using ReceiveEmpty = Field<Fr, 4, 4>;
    using Busy = Field<Fr, 3, 3>;
};

// 3.3.5, 3.3.6: the divisor, 16 bits and 6 bits of fraction.
struct Ibrd : ReadWrite<u32, 0x24> {
    using Divisor = Field<Ibrd, 15, 0>;
};
struct Fbrd : ReadWrite<u32, 0x28> {
    using Divisor = Field<Fbrd, 5, 0>;
};

// 3.3.7: writing it is what makes a new divisor count.
struct LcrH : ReadWrite<u32, 0x2c> {
    enum class Bits : u32 { Five = 0, Six = 1, Seven = 2, Eight = 3 };
    using WordLength = Field<LcrH, 6, 5, Bits>;
    using FifoEnable = Field<LcrH, 4, 4>;
};

// 3.3.8
struct Cr : ReadWrite<u32, 0x30> {
    using ReceiveEnable = Field<Cr, 9, 9>;
    using TransmitEnable = Field<Cr, 8, 8>;
    using Enable = Field<Cr, 0, 0>;
};

// 3.3.9
struct Ifls : ReadWrite<u32, 0x34> {
    enum class Level : u32 { Eighth = 0, Quarter = 1, Half = 2, ThreeQuarters = 3, SevenEighths = 4 };
    using Receive = Field<Ifls, 5, 3, Level>;
    using Transmit = Field<Ifls, 2, 0, Level>;
};

// 3.3.10: a one lets the interrupt through.
struct Imsc : ReadWrite<u32, 0x38> {
    using ReceiveTimeout = Field<Imsc, 6, 6>;
    using Transmit = Field<Imsc, 5, 5>;
    using Receive = Field<Imsc, 4, 4>;
};

// 3.3.13
struct Icr : WriteOnly<u32, 0x44> {
    using All = Field<Icr, 10, 0>;
};

}  // namespace quartet::drivers::pl011
