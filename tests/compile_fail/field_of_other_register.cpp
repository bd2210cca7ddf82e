// SPDX-License-Identifier: MIT
//
// Case: CMP06 a field of one register combined with another's
// Refused-by: gcc `no match for`
// Refused-by: clang `invalid operands to binary expression`

#include <arch/mmio.hpp>
#include <base/field.hpp>

using namespace quartet;

struct Control : ReadWrite<u32, 0x10> {
    using Enable = Field<Control, 0, 0>;
    using Mode = Field<Control, 3, 1>;
};
struct Other : ReadWrite<u32, 0x14> {
    using Mode = Field<Other, 3, 1>;
};

#if WRONG
void f(const arch::MmioRegion& region) { write(region, Control::Enable::of(1) | Other::Mode::of(2)); }
#else
void f(const arch::MmioRegion& region) { write(region, Control::Enable::of(1) | Control::Mode::of(2)); }
#endif
