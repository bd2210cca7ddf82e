// SPDX-License-Identifier: MIT

#include <drivers/psci/psci.hpp>

#include <arch/barrier.hpp>

namespace quartet::drivers {

namespace {

// DEN0022, 5.1. What takes no address has the number of the 32-bit convention alone.
constexpr u64 cpu_on = 0xc400'0003;
constexpr u64 system_off = 0x8400'0008;
constexpr u64 system_reset = 0x8400'0009;

constexpr i64 already_on = -4;
constexpr i64 on_pending = -5;

}  // namespace

i64 Psci::call(u64 function, u64 a, u64 b, u64 c) const noexcept {
    return arch::firmware_call(Unsafe{"who made this object promised that the conduit is answered"}, conduit_, function,
                               a, b, c);
}

Status Psci::start_core(Unsafe, u64 mpidr, PhysAddr entry) const noexcept {
    i64 answer = call(cpu_on, mpidr, entry.value());
    // On already, or coming: it runs somebody's code, ours if we asked before.
    if (answer == 0 || answer == already_on || answer == on_pending) return {};
    return fail(Error::Device);
}

void Psci::reboot() noexcept {
    // What was written is visible to whoever looks before the machine is gone. What shall outlive it in memory has been
    // cleaned from the cache by who wrote it.
    arch::complete_all();
    call(system_reset);
}

void Psci::power_off() noexcept {
    arch::complete_all();
    call(system_off);
}

}  // namespace quartet::drivers
