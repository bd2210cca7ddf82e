// SPDX-License-Identifier: MIT
//
// The instruction by which firmware is called (SMC Calling Convention, DEN0028): it depends on what runs below, and
// the device tree tells.

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

enum class Conduit : u8 { Hvc, Smc };

}  // namespace quartet::arch
