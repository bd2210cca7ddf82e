// SPDX-License-Identifier: MIT
//
// An acknowledged interrupt as a value. It keeps the whole word of GICC_IAR, because the end of
// interrupt must carry the sender of a software interrupt back: a completion that lost those bits
// leaves it active for ever. vectors.S does the same by hand on the hot path.

#pragma once

#include <drivers/gic/registers.hpp>

namespace quartet::drivers {

inline constexpr u32 first_special_irq = 1020;

class [[nodiscard]] ActiveIrq {
public:
    constexpr explicit ActiveIrq(Value<gicc::Iar> iar) : iar_(iar) {}

    constexpr u32 id() const { return gicc::Iar::IntId::in(iar_); }
    constexpr u32 sender() const { return gicc::Iar::CpuId::in(iar_); }
    // Nothing was acknowledged: never completed.
    constexpr bool special() const { return id() >= first_special_irq; }
    constexpr bool spurious() const { return id() == 1023; }
    // An interrupt of the other group is pending: the groups are set up wrongly.
    constexpr bool wrong_group() const { return id() == 1022; }
    constexpr Value<gicc::Eoir> completion() const { return {iar_.bits}; }

private:
    Value<gicc::Iar> iar_;
};

}  // namespace quartet::drivers
