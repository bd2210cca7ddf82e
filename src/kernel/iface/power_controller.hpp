// SPDX-License-Identifier: MIT
//
// What ends a run: reset and power-off.

#pragma once

namespace quartet::kernel {

class PowerController {
public:
    PowerController(const PowerController&) = delete;
    PowerController& operator=(const PowerController&) = delete;

    // Context: any core, panic included; no lock. Return only where the device does not obey.
    virtual void reboot() noexcept = 0;
    virtual void power_off() noexcept = 0;

protected:
    constexpr PowerController() = default;
    ~PowerController() = default;
};

}  // namespace quartet::kernel
