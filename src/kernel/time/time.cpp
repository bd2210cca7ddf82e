// SPDX-License-Identifier: MIT

#include <kernel/time/time.hpp>

#include <sync/clock.hpp>

namespace quartet::kernel {

constinit ClockScale clock_scale;

bool set_clock_frequency(u64 hertz, u64 fallback) noexcept {
    bool sane = sync::set_counter_hertz(hertz, fallback);
    clock_scale = ClockScale{sync::counter_hertz()};
    return sane;
}

}  // namespace quartet::kernel
