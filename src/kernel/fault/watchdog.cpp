// SPDX-License-Identifier: MIT

#include "watchdog.hpp"

#include <arch/atomic.hpp>
#include <arch/cpu.hpp>
#include <kernel/fault/heartbeat.hpp>
#include <kernel/fault/soft_watchdog.hpp>
#include <kernel/time/core_timers.hpp>

namespace quartet::kernel {

namespace {

using arch::Order;

constinit SoftWatchdog twin;
constexpr WatchdogInUse& used = watchdog_in_use;

// Whose word a round needs, and whose came in it: bits of cores. None is whole before all have been asked.
constinit arch::Atomic<u32> asked{0};
constinit arch::Atomic<u32> came{0};

constinit CoreTimers timers;

// Each core's own, in its timer's interrupt.
void say_so(HandlerTimer&) noexcept {
    twin.look();
    const u32 bit = u32{1} << arch::core_id();
    const u32 all = asked.load(Order::Relaxed);
    // Relaxed: whoever takes the whole round kicks, and he alone; what was said for the next one meanwhile is said again.
    if ((came.fetch_or(bit, Order::Relaxed) | bit) == all && came.exchange(0, Order::Relaxed) == all) used.kick();
}

}  // namespace

void set_watchdog_devices(WatchdogDevice* chip, PowerController* power, u32 attendance_s) noexcept {
    twin.set_power(power);
    used.device = chip != nullptr ? chip : &twin;
    used.attendance_s = attendance_s;
}

Result<u32> start_watchdog(ThreadContext& self, u32 milliseconds) noexcept {
    if (milliseconds < shortest_watchdog_ms) return fail(Error::Invalid);
    stop_watchdog();
    const u32 real = used.device->start_watchdog(milliseconds);
    used.for_ms.store(real, Order::Relaxed);
    came.store(0, Order::Relaxed);
    asked.store(0, Order::Relaxed);
    if (Status started = timers.start(self, say_so, kernel::milliseconds(real / 4)); !started) {
        stop_watchdog();
        return fail(started.error());
    }
    asked.store(timers.cores(), Order::Relaxed);
    return real;
}

void stop_watchdog() noexcept {
    // Whoever kicks at this moment has done so when this returns: with the time that it still finds.
    timers.stop();
    used.for_ms.store(0, Order::Relaxed);
    used.device->stop_watchdog();
}

WatchdogState watchdog_state() noexcept { return {used.for_ms.load(Order::Relaxed), used.device == &twin}; }

void hold_watchdog(bool hold) noexcept {
    hold_heartbeats(hold);
    if (used.for_ms.load(Order::Relaxed) == 0) return;
    if (hold) used.device->stop_watchdog();
    else used.kick();
}

}  // namespace quartet::kernel
