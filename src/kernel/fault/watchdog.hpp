// SPDX-License-Identifier: MIT
//
// Who kicks the watchdog, and who does not: a quarter of its time is a round, in which each core's own timer says that this core
// still takes interrupts; the one that completes the round kicks (WDT01). One core that stands still ends that for all.
//
// At `panic> ` it is kept quiet as long as somebody attends, and while a debugger holds it.

#pragma once

#include <base/result.hpp>
#include <kernel/fault/attendance.hpp>
#include <kernel/iface/power_controller.hpp>
#include <kernel/iface/watchdog_device.hpp>
#include <kernel/thread/thread_context.hpp>

namespace quartet::kernel {

// Less is a report's own time on the wire, at 115200 baud.
inline constexpr u32 shortest_watchdog_ms = 2000;

// `chip`: null where it has none that waits; then a twin resets by `power`. Context: boot, once.
void set_watchdog_devices(WatchdogDevice* chip, PowerController* power, u32 attendance_s) noexcept;

// On, or on with another time. Returns the milliseconds that the device really counts. A core that comes later is not asked for
// its word. Context: thread. Cost: a call to each core. Errors: Invalid (less than `shortest_watchdog_ms`), Timeout (a core
// does not answer: it is off).
Result<u32> start_watchdog(ThreadContext& self, u32 milliseconds) noexcept;
// Context: thread.
void stop_watchdog() noexcept;

struct WatchdogState {
    u32 milliseconds;  // 0: off
    bool twin;  // it is not the chip's
};
WatchdogState watchdog_state() noexcept;

// For a debugger that lets all cores stand still, and does not want them reset, or reported as hung, for that. Calls do not nest.
// Context: any; the other cores stand still.
void hold_watchdog(bool hold) noexcept;

}  // namespace quartet::kernel
