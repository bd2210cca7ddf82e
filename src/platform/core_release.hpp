// SPDX-License-Identifier: MIT
//
// How a core that waits in firmware is told to start: through the word that its node names (spin
// table) or by PSCI.

#pragma once

#include <base/address.hpp>
#include <base/result.hpp>
#include <base/unsafe.hpp>
#include <platform/machine.hpp>

namespace quartet::platform {

// The core begins at physical address `entry`, at EL2 or EL3 (PSCI: EL2 or EL1), caches off.
// Context: boot or thread. Errors: Unsupported (no method that we know), Device (PSCI refused).
// Safety: `entry` and all that it reads with caches off is in memory, cleaned to PoC, for good.
Status release_core(Unsafe, const CoreNode& core, std::optional<Conduit> psci, PhysAddr entry);

}  // namespace quartet::platform
