// SPDX-License-Identifier: MIT
//
// A watchdog where the machine has none that waits (QEMU resets as soon as the chip's is started): a time, at which whoever
// looks resets. It can do less than the chip's: of four cores that all have their interrupts masked nobody looks.

#pragma once

#include <arch/atomic.hpp>
#include <arch/counter.hpp>
#include <kernel/iface/power_controller.hpp>
#include <kernel/iface/watchdog_device.hpp>
#include <sync/clock.hpp>

namespace quartet::kernel {

class SoftWatchdog final : public WatchdogDevice {
public:
    // Null: nobody can reset, and nothing comes of it.
    void set_power(PowerController* power) noexcept { power_ = power; }

    // Relaxed, here and below: a time that is a moment old is a kick that came a moment later.
    u32 start_watchdog(u32 milliseconds) noexcept override {
        fires_at_.store(arch::counter() + sync::counter_hertz() / 1000 * milliseconds, arch::Order::Relaxed);
        return milliseconds;
    }
    void stop_watchdog() noexcept override { fires_at_.store(never, arch::Order::Relaxed); }

    // Resets where nobody kicked it in time. Context: any.
    void look() noexcept {
        if (arch::counter() >= fires_at_.load(arch::Order::Relaxed) && power_ != nullptr) power_->reboot();
    }

private:
    static constexpr u64 never = ~u64{0};

    arch::Atomic<u64> fires_at_{never};
    PowerController* power_ = nullptr;
};

}  // namespace quartet::kernel
