// SPDX-License-Identifier: MIT
//
// Time as types. People say durations in nanoseconds; the machine counts. An `Instant` is a value of
// the counter, which is the same on every core, so that comparing two costs one instruction.

#pragma once

#include <arch/counter.hpp>
#include <base/types.hpp>

#include <compare>

namespace quartet::kernel {

struct Duration {
    u64 ns = 0;

    constexpr auto operator<=>(const Duration&) const = default;
    static constexpr Duration forever() { return {~u64{0}}; }
    static constexpr Duration zero() { return {0}; }
};

constexpr Duration nanoseconds(u64 n) { return {n}; }
constexpr Duration microseconds(u64 n) { return {n * 1'000}; }
constexpr Duration milliseconds(u64 n) { return {n * 1'000'000}; }
constexpr Duration seconds(u64 n) { return {n * 1'000'000'000}; }

struct Instant {
    u64 counts = 0;

    constexpr auto operator<=>(const Instant&) const = default;
    static constexpr Instant never() { return {~u64{0}}; }
};

// Counts to nanoseconds and back, for one frequency. Both directions round so that nothing is early:
// a duration becomes at least as many counts as it takes, counts become at most the time that passed.
class ClockScale {
public:
    constexpr ClockScale() : ClockScale(62'500'000) {}
    constexpr explicit ClockScale(u64 hertz) : hertz_(hertz) {
        // hertz / 10^9 and 10^9 / hertz with 64 bits behind the point, by long division: the target has
        // no 128-bit division.
        counts_per_ns_ = fraction(hertz, ns_per_second);
        ns_whole_ = ns_per_second / hertz;
        ns_part_ = fraction(ns_per_second % hertz, hertz);
    }

    constexpr u64 hertz() const { return hertz_; }

    // Saturates. Cost: a multiplication.
    constexpr u64 counts(Duration duration) const {
        if (duration.ns == 0) return 0;
        u64 whole = high_product(duration.ns, counts_per_ns_);
        // The product was cut off: one count more is never early, and where the product is a whole number, the
        // cut made it one too few. From 17 seconds on the cut of the fraction can cost another one.
        return whole + (duration.ns >> 34 != 0 ? 2 : 1);
    }
    // For what is added again and again: half a count off at most, to either side. Not for days and more.
    constexpr u64 nearest_counts(Duration duration) const {
        __extension__ using Wide = unsigned __int128;
        return static_cast<u64>((static_cast<Wide>(duration.ns) * counts_per_ns_ + (Wide{1} << 63)) >> 64);
    }
    constexpr u64 nanoseconds(u64 counts) const { return counts * ns_whole_ + high_product(counts, ns_part_); }

private:
    static constexpr u64 ns_per_second = 1'000'000'000;

    static constexpr u64 fraction(u64 numerator, u64 denominator) {
        u64 result = 0;
        for (int bit = 0; bit < 64; ++bit) {
            numerator *= 2;
            result *= 2;
            if (numerator >= denominator) {
                numerator -= denominator;
                result += 1;
            }
        }
        return result;
    }
    static constexpr u64 high_product(u64 a, u64 b) {
        __extension__ using Wide = unsigned __int128;
        return static_cast<u64>((static_cast<Wide>(a) * b) >> 64);
    }

    u64 hertz_;
    u64 counts_per_ns_ = 0;
    u64 ns_whole_ = 0;
    u64 ns_part_ = 0;
};

// The kernel's clock. Written once, by `set_clock_frequency`, before the first thread sleeps.
extern constinit ClockScale clock_scale;

// TMR01: 0 and what no machine has are refused, `fallback` is taken, and false is returned.
// Context: boot, one core.
bool set_clock_frequency(u64 hertz, u64 fallback = 62'500'000) noexcept;

// Context: any. Cost: 2 instructions.
inline Instant now() noexcept { return {arch::counter()}; }

// Saturates at `Instant::never()`.
inline Instant after(Instant from, Duration duration) noexcept {
    if (duration == Duration::forever()) return Instant::never();
    u64 at = from.counts + clock_scale.counts(duration);
    return at < from.counts ? Instant::never() : Instant{at};
}
inline Duration between(Instant from, Instant to) noexcept {
    return to < from ? Duration::zero() : Duration{clock_scale.nanoseconds(to.counts - from.counts)};
}

}  // namespace quartet::kernel
