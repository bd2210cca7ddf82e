// SPDX-License-Identifier: MIT

#include <sync/clock.hpp>

namespace quartet::sync {

// QEMU's, until the start-up knows better.
constinit u64 believed_hertz = 62'500'000;

namespace {

constexpr u64 longest_spin(u64 hertz) { return hertz * longest_spin_ms / 1000; }

}  // namespace

// The same in counts, which spin_wait.S reads.
extern "C" {
constinit u64 quartet_longest_spin = longest_spin(62'500'000);
}

bool set_counter_hertz(u64 told, u64 fallback) noexcept {
    // Arm's counters run at 1 MHz to 1 GHz (Arm ARM, D11.1.1), with room below. None above: ClockScale's fraction ends
    // at a count a nanosecond, so that of a faster clock every sleep would be too short.
    bool possible = told >= 100'000 && told <= 1'000'000'000;
    believed_hertz = possible ? told : fallback;
    quartet_longest_spin = longest_spin(believed_hertz);
    return possible;
}

}  // namespace quartet::sync
