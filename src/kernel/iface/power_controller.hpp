// SPDX-License-Identifier: MIT
//
// What ends a run: reset, power-off, and the watchdog that resets a machine that no longer answers.

#pragma once

#include <base/result.hpp>
#include <base/types.hpp>

namespace quartet::kernel {

class PowerController {
public:
    PowerController(const PowerController&) = delete;
    PowerController& operator=(const PowerController&) = delete;

    // Context: any core, panic included; no lock. Return only where the device does not obey.
    virtual void reboot() noexcept = 0;
    virtual void power_off() noexcept = 0;

    // Reset the machine unless called again within `milliseconds`; what the hardware cannot count
    // is clamped, the result is the time that it really counts. Context: any, one caller at a time.
    virtual u32 start_watchdog(u32 milliseconds) noexcept = 0;
    virtual void stop_watchdog() noexcept = 0;

protected:
    constexpr PowerController() = default;
    ~PowerController() = default;
};

}  // namespace quartet::kernel
