// SPDX-License-Identifier: MIT
//
// The host's thousand nops take as long as a test says.

#pragma once

#include <arch/sim_point.hpp>
#include <base/types.hpp>

namespace quartet::arch {

inline u64 (*sim_thousand_nops)() noexcept = nullptr;
inline u64 thousand_nops() noexcept {
    sim_point();
    return sim_thousand_nops != nullptr ? sim_thousand_nops() : 0;
}

}  // namespace quartet::arch
