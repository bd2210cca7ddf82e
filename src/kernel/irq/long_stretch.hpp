// SPDX-License-Identifier: MIT
//
// How long this core had its interrupts masked, and how long its handlers ran: the longest of each, with the place, and one
// warning for the first that was longer than a limit (IRQ09). Costs nothing where arch::measuring is false.
//
// A stretch is the core's and not the thread's: who masks and then waits hands it to the thread that comes, which ends
// it. The sleep of an idle core is none. Under an emulator a core may be taken away in the middle of one, which is
// measured with it.

#pragma once

#include <arch/counter.hpp>
#include <arch/measuring.hpp>
#include <base/types.hpp>
#include <kernel/time/time.hpp>

namespace quartet::kernel {

struct LongStretch {
    u64 counts = 0;
    uptr place = 0;  // where it ended; of a handler: its function
};
struct LongStretches {
    LongStretch masked;
    LongStretch handler;
};

// The longest ones of `core` since the last call. Context: any; what comes at this moment may be missed.
LongStretches take_longest(u32 core) noexcept;

// What is longer than this is warned of, once a core until the next call; zero: nothing is, as before the first. Context: any.
void set_stretch_limit(Duration limit) noexcept;

// Says what is to be warned of on this core. Context: its timer's interrupt.
void warn_of_stretch() noexcept;

// Context: handler.
void note_handler(uptr handler, u64 counts) noexcept;

// While it lives, `handler` runs.
class MeasuredHandler {
public:
    [[gnu::always_inline]] explicit MeasuredHandler(uptr handler) noexcept : handler_(handler) {
        if constexpr (arch::measuring) begin_ = arch::counter_about();
    }
    [[gnu::always_inline]] ~MeasuredHandler() {
        if constexpr (arch::measuring) note_handler(handler_, arch::counter_about() - begin_);
    }
    MeasuredHandler(const MeasuredHandler&) = delete;
    MeasuredHandler& operator=(const MeasuredHandler&) = delete;

private:
    uptr handler_;
    u64 begin_ = 0;
};

}  // namespace quartet::kernel
