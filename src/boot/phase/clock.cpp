// SPDX-License-Identifier: MIT
//
// How fast the counter counts: what firmware wrote into CNTFRQ_EL0, unless that cannot be. Before the console,
// because its devices have time-outs.

#include <boot/described.hpp>

#include <arch/counter.hpp>
#include <arch/layout/system.h>
#include <kernel/time/time.hpp>

namespace quartet::boot {

Done<phase::Clock> phase::Clock::run(const Done<Describe>& description) {
    const std::optional<u32>& of_tree = described(description).machine.timer.frequency;
    // The report says what was told and what is used.
    if (!kernel::set_clock_frequency(arch::counter_frequency(), COUNTER_HZ_BOARD) && of_tree)
        (void)kernel::set_clock_frequency(*of_tree, COUNTER_HZ_BOARD);
    return {};
}

}  // namespace quartet::boot
