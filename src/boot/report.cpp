// SPDX-License-Identifier: MIT

#include <boot/report.hpp>

#include <base/version.hpp>
#include <kernel/console/log.hpp>

namespace quartet::boot {

using kernel::log;

void report_entry(u32 exception_level, PhysAddr load_address) {
    log("quartet {} ({})", version, compiler);
    log("entry: EL{}", exception_level);
    log("load address: {}", load_address);
}

void report_tree(TreeSource source, usize bytes) { log("device tree: {}, {} bytes", source, bytes); }

void report_memory(const platform::Machine& machine) {
    for (const PhysRange& bank : machine.ram) log("ram: {}-{} ({} MiB)", bank.begin, bank.end, bank.size() / 1_MiB);
    for (const platform::Reservation& area : machine.reserved)
        log("reserved: {}-{} {}", area.range.begin, area.range.end, area.why);
}

void report_interrupt_controller(const platform::Machine& machine, u32 lines) {
    log("interrupt controller: gicv2 {} {} lines", machine.gic.distributor.begin, lines);
}

void report_timer(u64 told, u64 hertz) {
    log("timer: {} Hz", hertz);
    if (told != hertz)
        log("advice: CNTFRQ_EL0 is {}, using {} Hz: let the firmware's stub start the kernel", told, hertz);
}

void report_console(const platform::Machine& machine) {
    log("console: {} {}", machine.console.kind, machine.console.device.registers.begin);
}

void report_allocator_swap() { log("allocator: bump -> slab"); }
void report_scheduler_swap() { log("scheduler: boot -> priority"); }

}  // namespace quartet::boot
