// SPDX-License-Identifier: MIT
//
// How long a driver waits for a device that may never answer: by the machine's counter, so that the
// bound is a time and not a number of rounds.

#pragma once

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <base/types.hpp>

namespace quartet::drivers {

class Deadline {
public:
    explicit Deadline(u32 milliseconds) noexcept : begin_(arch::counter()), counts_(hertz() / 1000 * milliseconds) {}

    // The difference, not the sum, is compared: it is right when the counter wraps.
    bool passed() const noexcept { return arch::counter() - begin_ > counts_; }

private:
    // A board whose firmware left CNTFRQ at 0 counts at 54 MHz all the same.
    static u64 hertz() noexcept {
        u64 told = arch::counter_frequency();
        return told != 0 ? told : 54'000'000;
    }

    u64 begin_;
    u64 counts_;
};

// Poll until `ready()`. False: it was not in time.
// Context: any. Cost: up to the time given, with the core busy.
template <typename Ready>
[[nodiscard]] bool wait_until(u32 milliseconds, Ready ready) noexcept {
    if (ready()) return true;
    for (Deadline deadline{milliseconds}; !deadline.passed(); arch::relax()) {
        if (ready()) return true;
    }
    return ready();
}

}  // namespace quartet::drivers
