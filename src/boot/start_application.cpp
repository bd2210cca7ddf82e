// SPDX-License-Identifier: MIT
//
// The end of the list: the console goes over to interrupts, the rest of the report goes out, and the
// first application thread starts.

#include <boot/application.hpp>
#include <boot/described.hpp>
#include <boot/report.hpp>
#include <boot/shell_environment.hpp>

#include <arch/counter.hpp>
#include <arch/image.hpp>
#include <base/assert.hpp>
#include <debug/crash_keeper.hpp>
#include <kernel/console/console.hpp>
#include <kernel/fault/contain.hpp>
#include <kernel/fault/heartbeat.hpp>
#include <kernel/fault/watchdog.hpp>
#include <kernel/irq/long_stretch.hpp>
#include <kernel/thread/threads.hpp>
#include <platform/devices.hpp>

#include <algorithm>

[[gnu::weak]] void quartet_safe_application(quartet::kernel::ThreadContext&) {}

namespace quartet::boot {

namespace {

void start_console(const platform::Machine& machine) {
    using Drive = kernel::Console::Drive;
    Drive drive = machine.console.device.interrupt ? Drive::Interrupt : Drive::Polling;
    check(kernel::console().start(drive).has_value(), "the console's interrupt is its own, its threads have memory");
}

constinit u64 counts_to_application = 0;

void advise_against_load() {
    const platform::BootArguments& asked = boot_arguments();
    if (asked.seed || asked.load || !asked.inject.empty())
        kernel::log("advice: bootargs: seed=, inject= and load= do nothing in this image: start torture.img");
}

// Longer than a number of milliseconds can be is for ever, as far as anybody waits.
u32 milliseconds_of(u64 seconds) { return seconds < 4'000'000 ? static_cast<u32>(seconds * 1000) : ~u32{0}; }

void start_watching(kernel::ThreadContext& self) {
    const platform::BootArguments& asked = boot_arguments();
    const u64 usual = platform::is_board() ? kernel::default_hang_ms : kernel::emulated_hang_ms;
    kernel::set_watchdog_devices(platform::watchdog_device(), platform::power_controller(),
                                 milliseconds_of(asked.attend.value_or(kernel::default_attendance_s)) / 1000);
    if (arch::measuring && platform::is_board()) kernel::set_stretch_limit(kernel::milliseconds(1));
    kernel::watch_heartbeats(self, static_cast<u32>(std::min<u64>(asked.hang.value_or(usual), ~u32{0})));
    if (asked.watchdog && !kernel::start_watchdog(self, milliseconds_of(*asked.watchdog)))
        kernel::log("advice: bootargs: watchdog= takes at least {} seconds", kernel::shortest_watchdog_ms / 1000);
}

void run_application(kernel::ThreadContext& self, void* safe) {
    counts_to_application = arch::counter() - quartet_boot_record.counter;
    start_watching(self);
    if (safe != nullptr) return quartet_safe_application(self);
    quartet_application(self);
}

}  // namespace

// Weak: an application's own comes first. A function, because the compiler puts the value of a constant where it is used,
// weak or not.
[[gnu::weak]] bool application_takes_load() noexcept { return false; }

u64 boot_counts() { return counts_to_application; }

void phase::Application::run(const Done<Describe>& description, const Done<Console>&, const Done<Seal>&) {
    start_console(described(description).machine);
    describe_for_shell(description);
    report_advice(described(description).advice);
    if (!application_takes_load()) advise_against_load();
    const bool safe = debug::tell_last_run() == debug::StartMode::Safe;
    if (safe) leave_out_arguments();
    if (boot_arguments().contain) kernel::set_fault_policy(kernel::FaultPolicy::Contain);
    auto thread = kernel::spawn({.name = "application"}, run_application, safe ? &counts_to_application : nullptr);
    check(thread.has_value() && kernel::detach(*thread).has_value(), "there is memory for the first thread");
    auto self = kernel::ThreadContext::current(Unsafe{"the boot flow is a thread and holds no lock"});
    kernel::exit_thread(self);
}

}  // namespace quartet::boot
