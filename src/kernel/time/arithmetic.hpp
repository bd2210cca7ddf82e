// SPDX-License-Identifier: MIT
//
// Reckoning with durations and instants by the usual signs. Nothing wraps: what is too long is `forever`, what would be
// below nothing is `zero`, and `forever` stays what it is.

#pragma once

#include <kernel/time/time.hpp>

namespace quartet::kernel {

constexpr Duration operator+(Duration a, Duration b) {
    u64 sum = 0;
    return __builtin_add_overflow(a.ns, b.ns, &sum) ? Duration::forever() : Duration{sum};
}
constexpr Duration operator-(Duration a, Duration b) {
    if (a == Duration::forever()) return a;
    return a < b ? Duration::zero() : Duration{a.ns - b.ns};
}
constexpr Duration operator*(Duration a, u64 times) {
    u64 product = 0;
    if (a == Duration::forever() || __builtin_mul_overflow(a.ns, times, &product)) return Duration::forever();
    return {product};
}
constexpr Duration operator*(u64 times, Duration a) { return a * times; }
// Rounded down. Pre: `by` is not 0.
constexpr Duration operator/(Duration a, u64 by) { return a == Duration::forever() ? a : Duration{a.ns / by}; }
// How often the whole of `b` goes into `a`. Pre: `b` is not `zero`.
constexpr u64 operator/(Duration a, Duration b) { return a.ns / b.ns; }

// Not early: rounded up to the next count. Cost: a multiplication.
inline Instant operator+(Instant from, Duration duration) noexcept { return after(from, duration); }
// How long it is from `from` to `to`: `zero` where that is past. Rounded down. Cost: two multiplications.
inline Duration operator-(Instant to, Instant from) noexcept { return between(from, to); }

}  // namespace quartet::kernel
