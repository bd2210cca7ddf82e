// SPDX-License-Identifier: MIT
//
// The other cores: told where to begin, waited for, reported. One that does not come in time may still
// come: all that it needs on its way in is resident, and entering the scheduler has no deadline.

#include <boot/core_record.hpp>
#include <boot/described.hpp>
#include <boot/late_cores.hpp>
#include <boot/report.hpp>

#include <arch/barrier.hpp>
#include <arch/cache.hpp>
#include <arch/cpu.hpp>
#include <arch/image.hpp>
#include <kernel/console/log.hpp>
#include <kernel/sched/priority_scheduler.hpp>
#include <mm/kernel_map.hpp>
#include <platform/core_release.hpp>

namespace quartet::boot {

namespace {

constexpr kernel::Duration patience = kernel::milliseconds(1000);

u32 number_of(const platform::CoreNode& core) { return static_cast<u32>(core.mpidr & 0xff); }

// Cores are numbered by the lowest affinity level: only those of the running one's cluster have a number
// of their own.
bool numbered(const platform::CoreNode& core) {
    return (core.mpidr ^ arch::affinity()) >> 8 == 0 && number_of(core) < max_cores;
}

void prepare(u32 core) {
    tell_stacks(kernel::cores[core]);
    kernel::cores[core].state.store(kernel::CoreState::Released, arch::Order::Relaxed);
    quartet_core_records[core].thread = &kernel::idle_thread(core);
}

// A core that came by itself (an ELF loader starts all four) waits in our park loop, one that firmware
// holds in the tree's way; who waits where cannot be known, as one may not have arrived yet. So both are
// told. The park loop reads with caches off: clean to PoC, then sev.
Status release(const platform::CoreNode& core, std::optional<platform::Conduit> psci) {
    PhysAddr entry = mm::image_physical(quartet_secondary_entry);
    // Whoever sees the slot sees the records: they are complete before it is written.
    arch::complete_all();
    u64& slot = quartet_park_slots[number_of(core)];
    slot = entry.value();
    arch::clean_to_poc(&slot, sizeof(slot));
    arch::send_event();
    return platform::release_core(Unsafe{"the entry is resident; what it reads uncached is cleaned or was loaded so"},
                                  core, psci, entry);
}

}  // namespace

Done<phase::Secondaries> phase::Secondaries::run(const Done<Describe>& description, const Done<Scheduler>&) {
    const platform::Machine& machine = described(description).machine;
    for (const platform::CoreNode& core : machine.cores) {
        if (core.running) continue;
        if (!numbered(core)) {
            kernel::log("advice: core {:#x} is not of the running core's cluster: it is not started", core.mpidr);
            continue;
        }
        prepare(number_of(core));
        if (!release(core, machine.psci)) {
            kernel::log("advice: cpu{} cannot be released: its node names no method that works", number_of(core));
        }
    }
    report_core(arch::core_id(), CoreFate::Online);
    u32 missing = 0;
    kernel::Instant give_up = kernel::after(kernel::now(), patience);
    for (const platform::CoreNode& core : machine.cores) {
        if (core.running || !numbered(core)) continue;
        bool came = kernel::await_core(number_of(core), kernel::between(kernel::now(), give_up));
        report_core(number_of(core), came ? CoreFate::Online : CoreFate::Missing);
        if (!came) {
            missing |= 1U << number_of(core);
            kernel::log("advice: cpu{} did not start within a second: check {} of its node in the device tree",
                        number_of(core),
                        core.method == platform::EnableMethod::Psci ? "enable-method" : "cpu-release-addr");
        }
    }
    cores_were_counted(missing);
    return {};
}

}  // namespace quartet::boot
