// SPDX-License-Identifier: MIT
//
// How fast the counter counts, as the whole kernel believes it: decided once by the start-up, because
// CNTFRQ_EL0 is only a note that firmware leaves, and may leave wrong. Nobody else reads that register.

#pragma once

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <base/types.hpp>

namespace quartet::sync {

// Written by `set_counter_hertz` alone.
extern constinit u64 believed_hertz;

// Counts a second; never 0. Context: any. Cost: a load.
inline u64 counter_hertz() noexcept { return believed_hertz; }

// TMR01: `told` (Hz), or `fallback`, which is not judged, where no counter runs at that rate; false then.
// Context: boot, one core, before any waiting: the others are started later, which orders it for them.
bool set_counter_hertz(u64 told, u64 fallback) noexcept;

// What is done under a spin lock takes microseconds. Seconds, because under an emulator the holder's core is a thread
// of a machine that may be busy (LCK08).
inline constexpr u32 longest_spin_ms = 5000;

// How long something that may never answer is waited for: by the counter, so that the bound is a time and not
// a number of rounds.
class Deadline {
public:
    explicit Deadline(u32 milliseconds) noexcept
        : begin_(arch::counter()), counts_(counter_hertz() * milliseconds / 1000) {}

    // The difference, not the sum, is compared: it is right when the counter wraps.
    bool passed() const noexcept { return arch::counter() - begin_ > counts_; }

private:
    u64 begin_;
    u64 counts_;
};

// Poll until `ready()`. False: it was not in time. Context: any. Cost: up to the time given, with the core busy.
template <typename Ready>
[[nodiscard]] bool wait_until(Deadline deadline, Ready ready) noexcept {
    while (!ready()) {
        // One more look behind the last moment: this core may have stood still in between.
        if (deadline.passed()) return ready();
        arch::relax();
    }
    return true;
}

// The same; the counter is not read where it is ready at once.
template <typename Ready>
[[nodiscard]] bool wait_until(u32 milliseconds, Ready ready) noexcept {
    return ready() || wait_until(Deadline{milliseconds}, ready);
}

}  // namespace quartet::sync
