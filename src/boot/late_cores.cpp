// SPDX-License-Identifier: MIT

#include <boot/late_cores.hpp>

#include <base/static_room.hpp>
#include <boot/report.hpp>
#include <kernel/priority_scheduler.hpp>
#include <kernel/scheduler.hpp>
#include <kernel/semaphore.hpp>

namespace quartet::boot {

namespace {

constinit StaticRoom<kernel::Semaphore> counted;
constinit bool missing[max_cores]{};

bool some_missing() {
    bool some = false;
    for (bool each : missing) some = some || each;
    return some;
}

}  // namespace

void report_late_cores(kernel::ThreadContext& self, void*) {
    (void)counted.make(0, 1).take(self);
    for (u32 core = 0; core < max_cores; ++core) {
        // Acquire pairs with the core's release when it comes online.
        missing[core] = kernel::cores[core].state.load(arch::Order::Acquire) == kernel::CoreState::Missing;
    }
    while (some_missing()) {
        kernel::sleep_for(self, kernel::milliseconds(100));
        for (u32 core = 0; core < max_cores; ++core) {
            bool online = kernel::cores[core].state.load(arch::Order::Acquire) == kernel::CoreState::Online;
            if (!missing[core] || !online) continue;
            missing[core] = false;
            report_core(core, CoreFate::Online);
        }
    }
}

void cores_were_counted() { (void)counted.get()->give(); }

}  // namespace quartet::boot
