// SPDX-License-Identifier: MIT
//
// The power-management block: its watchdog is the only reset that the chip has, and the halt partition
// the only way to switch off. In QEMU a started watchdog resets at once whatever it was set to
// (BCM2835 model), so a watchdog there needs a software twin; reboot and power-off work in both.

#pragma once

#include <arch/mmio.hpp>
#include <base/types.hpp>
#include <kernel/iface/power_controller.hpp>
#include <kernel/iface/watchdog_device.hpp>

namespace quartet::drivers {

class PowerManagement final : public kernel::PowerController {
public:
    // What PM_WDOG can count: 20 bits at 65,536 a second, a tick short of 16 s.
    static constexpr u32 max_ticks = 0xf'ffff;
    static u32 ticks_of(u32 milliseconds) noexcept;

    explicit PowerManagement(arch::MmioRegion region) : region_(region) {}

    void reboot() noexcept override;
    void power_off() noexcept override;

    // As WatchdogDevice; at most `max_ticks`.
    u32 start_watchdog(u32 milliseconds) noexcept;
    void stop_watchdog() noexcept;

private:
    void arm(u32 ticks) noexcept;
    // Which partition the boot ROM starts from; 63 means halt.
    void choose_partition(u32 partition) noexcept;

    arch::MmioRegion region_;
};

class PowerWatchdog final : public kernel::WatchdogDevice {
public:
    constexpr explicit PowerWatchdog(PowerManagement& power) : power_(power) {}
    u32 start_watchdog(u32 milliseconds) noexcept override { return power_.start_watchdog(milliseconds); }
    void stop_watchdog() noexcept override { power_.stop_watchdog(); }

private:
    PowerManagement& power_;
};

}  // namespace quartet::drivers
