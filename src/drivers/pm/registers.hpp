// SPDX-License-Identifier: MIT
//
// The three registers of the power-management block that end a run. Broadcom documents none of them;
// the names are those of the device-tree binding brcm,bcm2835-pm-wdt and its users. A write without
// the password in the top byte is ignored.

#pragma once

#include <base/field.hpp>

namespace quartet::drivers::pm {

inline constexpr u32 password = 0x5a;

struct Rstc : ReadWrite<u32, 0x1c> {
    using Password = Field<Rstc, 31, 24>;
    using Config = Field<Rstc, 5, 4>;  // what the watchdog does: 0 nothing, 2 full reset
    static constexpr u32 full_reset = 2;
};

struct Rsts : ReadWrite<u32, 0x20> {
    using Password = Field<Rsts, 31, 24>;
    // The partition's six bits are spread over the even bits 0-10.
    static constexpr u32 partition_bits = 0x555;
};

struct Wdog : ReadWrite<u32, 0x24> {
    using Password = Field<Wdog, 31, 24>;
    using Ticks = Field<Wdog, 19, 0>;
};

}  // namespace quartet::drivers::pm
