// SPDX-License-Identifier: MIT

#include <drivers/gpio/gpio.hpp>

#include <base/field.hpp>

namespace quartet::drivers {

namespace {

// BCM2711 ARM Peripherals, 5.2: three bits a pin, ten pins a register.
struct Gpfsel : ReadWrite<u32, 0x00, 6> {};
// The same: two bits a pin, sixteen pins a register.
struct PupPdnCntrl : ReadWrite<u32, 0xe4, 4> {};

template <typename Reg>
void replace(const arch::MmioRegion& region, u32 index, u32 shift, u32 mask, u32 value) noexcept {
    u32 others = read<Reg>(region, index).bits & ~(mask << shift);
    write(region, Value<Reg>{others | value << shift}, index);
}

}  // namespace

Status Gpio::set_function(u32 pin, Function function) noexcept {
    if (pin >= pins) return fail(Error::Invalid);
    replace<Gpfsel>(region_, pin / 10, pin % 10 * 3, 7, static_cast<u32>(function));
    return {};
}

Status Gpio::set_pull(u32 pin, Pull pull) noexcept {
    if (pin >= pins) return fail(Error::Invalid);
    replace<PupPdnCntrl>(region_, pin / 16, pin % 16 * 2, 3, static_cast<u32>(pull));
    return {};
}

}  // namespace quartet::drivers
