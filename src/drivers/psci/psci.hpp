// SPDX-License-Identifier: MIT
//
// PSCI (DEN0022) from version 0.2 on: firmware below the kernel that starts cores and ends a run.

#pragma once

#include <arch/firmware.hpp>
#include <base/address.hpp>
#include <base/result.hpp>
#include <base/unsafe.hpp>
#include <kernel/iface/power_controller.hpp>

namespace quartet::drivers {

class Psci final : public kernel::PowerController {
public:
    // Safety: firmware answers PSCI 0.2 or later on this conduit; else each call is an undefined instruction.
    constexpr Psci(Unsafe, arch::Conduit conduit) : conduit_(conduit) {}

    // The core with these affinity bits begins at physical address `entry`, at EL2 or EL1, caches off. One that runs
    // already, or is on its way, is no error. Context: boot or thread. Errors: Device (refused).
    // Safety: `entry` and all that it reads with caches off is in memory, cleaned to PoC, for good.
    Status start_core(Unsafe, u64 mpidr, PhysAddr entry) const noexcept;

    void reboot() noexcept override;
    void power_off() noexcept override;

private:
    i64 call(u64 function, u64 a = 0, u64 b = 0, u64 c = 0) const noexcept;

    arch::Conduit conduit_;
};

}  // namespace quartet::drivers
