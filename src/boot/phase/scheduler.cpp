// SPDX-License-Identifier: MIT
//
// The real scheduler takes over, the tick starts, and interrupts open for the first time.

#include <boot/described.hpp>
#include <boot/report.hpp>

#include <arch/irq_mask.hpp>
#include <base/assert.hpp>
#include <kernel/sched/priority_scheduler.hpp>

namespace quartet::boot {

Done<phase::Scheduler> phase::Scheduler::run(const Done<Clock>&, const Done<Heap>&, const Done<Interrupts>&) {
    check(kernel::start_priority_scheduler().has_value(), "there is memory for an idle thread's stack");
    arch::unmask_irqs(Unsafe{"vectors, GIC and scheduler of this core are ready"});
    report_scheduler_swap();
    return {};
}

}  // namespace quartet::boot
