// SPDX-License-Identifier: MIT
//
// The end of the list: the console goes over to interrupts, the rest of the report goes out, and the
// first application thread starts.

#include <boot/application.hpp>
#include <boot/described.hpp>
#include <boot/report.hpp>
#include <boot/shell_environment.hpp>

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/image.hpp>
#include <base/assert.hpp>
#include <kernel/console.hpp>
#include <kernel/ipi.hpp>
#include <kernel/irq.hpp>
#include <kernel/scheduler.hpp>

namespace quartet::boot {

namespace {

constinit u64 counts_to_application = 0;

void raise_log_interrupt() noexcept {
    arch::IrqsMasked masked;
    kernel::ipi::send(arch::core_id(), kernel::ipi::Purpose::Log, masked);
}
void handle_log() noexcept { kernel::console().on_doorbell(); }
void handle_console(kernel::IrqContext&) noexcept { kernel::console().on_interrupt(); }

void start_console() {
    u32 line = kernel::console().port().uart()->interrupt_id();
    // The port asks once a byte at most, and 115200 baud are 11,520 bytes a second each way.
    auto attached = kernel::irq::attach(line, handle_console, nullptr, {.name = "console"});
    check(attached.has_value(), "the console's interrupt is nobody else's");
    check(kernel::irq::enable(line).has_value(), "what was attached can be enabled");
    kernel::ipi::attach<kernel::ipi::Purpose::Log, handle_log>();
    check(kernel::console().start(raise_log_interrupt).has_value(), "there is memory for the log's thread");
}

void run_application(kernel::ThreadContext& self, void*) {
    counts_to_application = arch::counter() - quartet_boot_record.counter;
    quartet_application(self);
}

}  // namespace

u64 boot_counts() { return counts_to_application; }

void phase::Application::run(const Done<Describe>& description, const Done<Console>&, const Done<Seal>&) {
    start_console();
    describe_for_shell(description);
    report_advice(described(description).advice);
    auto thread = kernel::spawn({.name = "application"}, run_application, nullptr);
    check(thread.has_value() && kernel::detach(*thread).has_value(), "there is memory for the first thread");
    auto self = kernel::ThreadContext::current(Unsafe{"the boot flow is a thread and holds no lock"});
    kernel::exit_thread(self);
}

}  // namespace quartet::boot
