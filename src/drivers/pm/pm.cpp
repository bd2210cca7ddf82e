// SPDX-License-Identifier: MIT

#include <drivers/pm/pm.hpp>

#include <arch/barrier.hpp>
#include <drivers/pm/registers.hpp>

#include <algorithm>

namespace quartet::drivers {

using namespace pm;

namespace {

constexpr u32 ticks_per_second = 65'536;
constexpr u32 soon = 10;  // 150 us: a tick or two may be gone before the reset is armed
constexpr u32 halt_partition = 63;

}  // namespace

u32 PowerManagement::ticks_of(u32 milliseconds) noexcept {
    u64 ticks = (u64{milliseconds} * ticks_per_second + 999) / 1000;
    return static_cast<u32>(std::clamp<u64>(ticks, 1, max_ticks));
}

// The time first, then the arming: the other way round an old, nearly spent time would count. While it is
// armed already the configuration is written as it stands, so that a kick never opens a gap.
void PowerManagement::arm(u32 ticks) noexcept {
    write(region_, Wdog::Password::of(password) | Wdog::Ticks::of(ticks));
    write(region_, Rstc::Password::put(Rstc::Config::put(read<Rstc>(region_), Rstc::full_reset), password));
}

void PowerManagement::choose_partition(u32 partition) noexcept {
    u32 spread = 0;
    for (u32 bit = 0; bit < 6; ++bit) spread |= (partition >> bit & 1) << (2 * bit);
    u32 kept = read<Rsts>(region_).bits & ~Rsts::partition_bits;
    write(region_, Rsts::Password::put({kept | spread}, password));
}

void PowerManagement::reboot() noexcept {
    // As in Psci::reboot: visible, and what shall outlive it was cleaned from the cache.
    arch::complete_all();
    choose_partition(0);
    arm(soon);
}

void PowerManagement::power_off() noexcept {
    arch::complete_all();
    choose_partition(halt_partition);
    arm(soon);
}

u32 PowerManagement::start_watchdog(u32 milliseconds) noexcept {
    u32 ticks = ticks_of(milliseconds);
    arm(ticks);
    return static_cast<u32>(u64{ticks} * 1000 / ticks_per_second);
}

void PowerManagement::stop_watchdog() noexcept {
    write(region_, Rstc::Password::put(Rstc::Config::put(read<Rstc>(region_), 0), password));
}

}  // namespace quartet::drivers
