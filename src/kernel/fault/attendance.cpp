// SPDX-License-Identifier: MIT

#include "attendance.hpp"

#include <arch/counter.hpp>
#include <sync/clock.hpp>

namespace quartet::kernel {

constinit WatchdogInUse watchdog_in_use;

bool attended(u64 last_key) noexcept {
    static constinit u64 kicked_at = 0;
    const u32 on = watchdog_in_use.for_ms.load(arch::Order::Relaxed);
    if (on == 0) return true;
    const u64 now = arch::counter();
    if (now - last_key > sync::counter_hertz() * watchdog_in_use.attendance_s) return false;
    if (now - kicked_at > sync::counter_hertz() / 1000 * (on / 4)) {
        watchdog_in_use.kick();
        kicked_at = now;
    }
    return true;
}

}  // namespace quartet::kernel
