// SPDX-License-Identifier: MIT
//
// What `panic> ` has to know of the watchdog (watchdog.hpp): it is kept quiet as long as somebody attends.

#pragma once

#include <arch/atomic.hpp>
#include <kernel/iface/watchdog_device.hpp>

namespace quartet::kernel {

// How long `panic> ` waits for a key while the watchdog is on, unless it is told otherwise.
inline constexpr u32 default_attendance_s = 60;

struct WatchdogInUse {
    WatchdogDevice* device = nullptr;
    u32 attendance_s = default_attendance_s;
    // 0: off. Relaxed: whoever switches it on tells the device first, and a kick more or less does no harm.
    arch::Atomic<u32> for_ms{0};

    void kick() noexcept { device->start_watchdog(for_ms.load(arch::Order::Relaxed)); }
};
extern constinit WatchdogInUse watchdog_in_use;

// Called again and again at `panic> ` while nothing is typed; `last_key`: the counter at the last key, or at the prompt's
// begin. Kicks the watchdog as long as somebody attends. False: nobody has for so long that the machine is to be reset.
// Where the watchdog is off it waits for ever. Context: after a report.
bool attended(u64 last_key) noexcept;

}  // namespace quartet::kernel
