// SPDX-License-Identifier: MIT
//
// Time: how long (`Duration`), when (`Instant`), the clock that tells it, sleeping, and loops of a fixed rate.
//
//     using namespace quartet::literals;
//     this_thread::sleep_for(self, 20_ms);
//     const Instant deadline = Clock::now() + 5_s;

#pragma once

#include <kernel/thread/threads.hpp>
#include <kernel/time/arithmetic.hpp>
#include <kernel/time/periodic.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>

namespace quartet {

// Whole nanoseconds, up to 584 years, never negative; `ns` is the number. `Duration::zero()` as a time-out: do not wait;
// `Duration::forever()`: without limit, and what sums saturate at. Compared and reckoned with by the usual signs.
using kernel::Duration;
using kernel::microseconds;
using kernel::milliseconds;
using kernel::nanoseconds;
using kernel::seconds;

// A value of the counter (`counts`), the same on every core, from the machine's reset on. `Instant::never()` lies
// behind all others. `instant + duration` is an Instant, `instant - instant` a Duration; neither wraps.
using kernel::Instant;

namespace detail {

void this_duration_is_too_long();  // never defined: the compiler names it in its error message

consteval Duration whole(unsigned long long n, u64 ns) {
    if (n > Duration::forever().ns / ns) this_duration_is_too_long();
    return {n * ns};
}

}  // namespace detail

// `10_ms`: what would not fit does not compile.
inline namespace literals {

consteval Duration operator""_ns(unsigned long long n) { return detail::whole(n, 1); }
consteval Duration operator""_us(unsigned long long n) { return detail::whole(n, 1'000); }
consteval Duration operator""_ms(unsigned long long n) { return detail::whole(n, 1'000'000); }
consteval Duration operator""_s(unsigned long long n) { return detail::whole(n, 1'000'000'000); }

}  // namespace literals

// The machine's counter (CNTVCT_EL0). It does not stop while a core sleeps, and nothing sets it.
struct Clock {
    // Context: any. Cost: 2 instructions.
    [[nodiscard]] static Instant now() noexcept { return kernel::now(); }
    // Counts in a second: the resolution. Context: any.
    [[nodiscard]] static u64 hertz() noexcept { return kernel::clock_scale.hertz(); }
    // How long the counter has run at `instant`. Context: any. Cost: two multiplications.
    [[nodiscard]] static Duration since_reset(Instant instant) noexcept {
        return {kernel::clock_scale.nanoseconds(instant.counts)};
    }
};

namespace this_thread {

// Not early; late by no more than the time until this thread has the highest priority. Resolution: the counter's. Zero
// yields. Earlier only where a stop request ends the thread's waits (StopEndsWaits). A safe point (`terminate`).
// Context: thread.
inline void sleep_for(ThreadContext& self, Duration duration) noexcept { kernel::sleep_for(self, duration); }
inline void sleep_for(Duration duration) noexcept {
    ThreadContext self = context();
    kernel::sleep_for(self, duration);
}

// The same until an instant: at once where that is past.
inline void sleep_until(ThreadContext& self, Instant time) noexcept { kernel::sleep_until(self, time); }
inline void sleep_until(Instant time) noexcept {
    ThreadContext self = context();
    kernel::sleep_until(self, time);
}

}  // namespace this_thread

// A loop of a fixed rate:
//
//     Periodic period = TRY(Periodic::every(5_ms));
//     for (;;) {
//         period.wait(self);
//         …
//     }
//
// Each deadline is the one before and the period, so that no delay adds up. A round that is not done by the next deadline
// has missed it: the loop goes on at the first one still to come, and those passed over are counted.
class Periodic : private kernel::Periodic {
    using Kernel = kernel::Periodic;

public:
    // The first deadline is one period after `begin`. The period is rounded to the nearest count of the clock, at least
    // one. Context: any. Errors: Invalid (a period of zero).
    static Result<Periodic> every(Duration period, Instant begin = Clock::now()) noexcept {
        return Periodic{TRY(Kernel::every(period, begin))};
    }

    // Sleeps until the next deadline. Returns how many were missed on the way there. Context: thread.
    using Kernel::wait;
    u64 wait() noexcept {
        ThreadContext self = this_thread::context();
        return wait(self);
    }

    // The deadline that `wait` waits for, as things are. Context: the loop's thread.
    using Kernel::next;
    // Deadlines missed so far, of this loop; `Thread::statistics` has those of all. Context: the loop's thread.
    using Kernel::missed;

private:
    explicit Periodic(const Kernel& kernel) noexcept : Kernel(kernel) {}
};

}  // namespace quartet
