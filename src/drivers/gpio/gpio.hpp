// SPDX-License-Identifier: MIT
//
// The pins, as far as the console needs them: what a pin carries and which way it is pulled. The pulls
// are the BCM2711's own registers, two bits a pin; the older chips' clocked sequence does nothing here
// (BCM2711 ARM Peripherals, 5.2).

#pragma once

#include <arch/mmio.hpp>
#include <base/result.hpp>
#include <base/types.hpp>

namespace quartet::drivers {

class Gpio {
public:
    static constexpr u32 pins = 58;

    // As GPFSELn codes them.
    enum class Function : u8 { Input = 0, Output = 1, Alt5 = 2, Alt4 = 3, Alt0 = 4, Alt1 = 5, Alt2 = 6, Alt3 = 7 };
    // As GPIO_PUP_PDN_CNTRL_REGn codes them.
    enum class Pull : u8 { None = 0, Up = 1, Down = 2 };

    explicit Gpio(arch::MmioRegion region) : region_(region) {}

    // Context: thread or boot, one caller at a time (pins share registers). Errors: Invalid (no such pin).
    Status set_function(u32 pin, Function function) noexcept;
    Status set_pull(u32 pin, Pull pull) noexcept;

private:
    arch::MmioRegion region_;
};

}  // namespace quartet::drivers
