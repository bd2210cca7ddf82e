// SPDX-License-Identifier: MIT

#include <kernel/time.hpp>

namespace quartet::kernel {

constinit ClockScale clock_scale;

bool set_clock_frequency(u64 hertz, u64 fallback) noexcept {
    // Arm's counters run at 1 MHz to 1 GHz (Arm ARM, D11.1.1); below 1 kHz there could be no tick at all.
    bool sane = hertz >= 100'000 && hertz <= 10'000'000'000;
    clock_scale = ClockScale{sane ? hertz : fallback};
    return sane;
}

}  // namespace quartet::kernel
