// SPDX-License-Identifier: MIT
//
// How fast the counter counts: what firmware wrote into CNTFRQ_EL0, unless that cannot be.

#include <boot/described.hpp>
#include <boot/report.hpp>

#include <arch/counter.hpp>
#include <arch/layout/system.h>
#include <kernel/log.hpp>
#include <kernel/time.hpp>

namespace quartet::boot {

Done<phase::Clock> phase::Clock::run(const Done<Describe>& description, const Done<Console>&) {
    u64 told = arch::counter_frequency();
    u64 fallback = described(description).machine.timer.frequency.value_or(COUNTER_HZ_BOARD);
    if (!kernel::set_clock_frequency(told, fallback)) {
        kernel::log("advice: CNTFRQ_EL0 is {}, using {} Hz: let the firmware's stub start the kernel", told, fallback);
    }
    report_timer(kernel::clock_scale.hertz());
    return {};
}

}  // namespace quartet::boot
