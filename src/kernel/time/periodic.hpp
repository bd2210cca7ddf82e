// SPDX-License-Identifier: MIT
//
// A loop that runs at a fixed rate:
//
//     Periodic period = TRY(Periodic::every(milliseconds(5)));
//     for (;;) {
//         period.wait(self);
//         …
//     }
//
// Each deadline is the one before and the period, so that no delay adds up. A round that is not done by the next
// deadline has missed it: the loop goes on at the first one that is still to come, and those passed over are counted,
// here and in the thread's statistics.

#pragma once

#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>

namespace quartet::kernel {

class Periodic {
public:
    // The first deadline is one period after `begin`. The period is rounded to the nearest count, at least one.
    // Errors: Invalid (a period of zero).
    static Result<Periodic> every(Duration period, Instant begin = now()) noexcept {
        if (period == Duration::zero()) return fail(Error::Invalid);
        u64 counts = clock_scale.nearest_counts(period);
        return Periodic{counts != 0 ? counts : 1, begin};
    }

    // Sleeps until the next deadline. Returns how many were missed on the way there. Context: thread.
    u64 wait(ThreadContext& self) noexcept;

    // The deadline that `wait` waits for, as things are.
    Instant next() const noexcept { return {next_}; }
    u64 missed() const noexcept { return missed_; }

private:
    Periodic(u64 period, Instant begin) : period_(period), next_(begin.counts + period) {
        if (next_ < period) next_ = Instant::never().counts;
    }

    u64 period_;  // counts
    u64 next_;
    u64 missed_ = 0;
};

}  // namespace quartet::kernel
