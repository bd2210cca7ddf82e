// SPDX-License-Identifier: MIT
//
// The serial port that the tree names is programmed; what was logged so far and what follows goes out
// by polling until there are threads.

#include <boot/described.hpp>
#include <boot/report.hpp>

#include <arch/counter.hpp>
#include <arch/image.hpp>
#include <base/assert.hpp>
#include <debug/crash_setup.hpp>
#include <kernel/console/console.hpp>
#include <kernel/fault/panic.hpp>
#include <kernel/time/time.hpp>
#include <platform/devices.hpp>

namespace quartet::boot {

Done<phase::Console> phase::Console::run(const Done<Describe>& description, const Done<Clock>&) {
    const Described& all = described(description);
    platform::make_firmware_devices(all.machine);
    limit_builtin_ram(description);
    choose_crash_room(description);
    Result<kernel::Uart*> uart = platform::make_console(all.machine);
    check(uart.has_value(), "the machine's console port can be mapped and set to 115200 baud");
    debug::start_reports();
    kernel::set_panic_devices(*uart, platform::power_controller());
    kernel::make_console().use(**uart);
    report_entry(static_cast<u32>(quartet_boot_record.exception_level), quartet_boot_record.load_address);
    report_tree(all.source, all.tree->size());
    report_memory(all.machine);
    report_timer(arch::counter_frequency(), kernel::clock_scale.hertz());
    report_console(all.machine);
    return {};
}

}  // namespace quartet::boot
