// SPDX-License-Identifier: MIT

#include <boot/late_cores.hpp>

#include <base/static_room.hpp>
#include <boot/report.hpp>
#include <kernel/sched/priority_scheduler.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/wait/semaphore.hpp>

namespace quartet::boot {

namespace {

constinit StaticRoom<kernel::Semaphore> counted;
// Written before `counted` is given, read by the thread that took it.
constinit u32 said_missing = 0;

}  // namespace

void report_late_cores(kernel::ThreadContext& self, void*) {
    (void)counted.make(0, 1).take(self);
    // What was said, not what the cores are by now: one that came while the report was on the wire is online to
    // everybody, but nobody said so.
    u32 missing = said_missing;
    while (missing != 0) {
        for (u32 core = 0; core < max_cores; ++core) {
            if ((missing & (1U << core)) == 0) continue;
            // Acquire pairs with the core's release when it comes online.
            if (kernel::cores[core].state.load(arch::Order::Acquire) != kernel::CoreState::Online) continue;
            missing &= ~(1U << core);
            report_core(core, CoreFate::Online);
        }
        kernel::sleep_for(self, kernel::milliseconds(100));
    }
}

void cores_were_counted(u32 missing) {
    said_missing = missing;
    (void)counted.get()->give();
}

}  // namespace quartet::boot
