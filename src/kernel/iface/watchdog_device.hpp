// SPDX-License-Identifier: MIT
//
// What resets the machine unless it is told in time not to.

#pragma once

#include <base/types.hpp>

namespace quartet::kernel {

class WatchdogDevice {
public:
    WatchdogDevice(const WatchdogDevice&) = delete;
    WatchdogDevice& operator=(const WatchdogDevice&) = delete;

    // The reset comes unless this is called again within `milliseconds`; what the device cannot count is clamped, the result
    // is the time that it really counts. Context: any, a fault's report too; one caller at a time; no lock.
    virtual u32 start_watchdog(u32 milliseconds) noexcept = 0;
    virtual void stop_watchdog() noexcept = 0;

protected:
    constexpr WatchdogDevice() = default;
    ~WatchdogDevice() = default;
};

}  // namespace quartet::kernel
