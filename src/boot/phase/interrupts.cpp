// SPDX-License-Identifier: MIT
//
// The interrupt controller: its shared part, this core's part, and the handlers that the kernel itself
// has: the timer of each core, and the requests between cores.

#include <boot/described.hpp>
#include <boot/left_behind.hpp>
#include <boot/report.hpp>

#include <base/assert.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/fault/core_stop.hpp>
#include <kernel/irq/irq.hpp>
#include <platform/devices.hpp>

namespace quartet::boot {

Done<phase::Interrupts> phase::Interrupts::run(const Done<Describe>& description, const Done<Heap>&) {
    const platform::Machine& machine = described(description).machine;
    auto controller = platform::make_interrupt_controller(machine);
    check(controller.has_value(), "the interrupt controller can be mapped and is ours");
    {
        arch::IrqsMasked masked;
        kernel::irq::start_core(kernel::this_core(masked), masked);
    }
    kernel::attach_core_stop();
    u32 timer = machine.timer.virtual_interrupt;
    // A tick a millisecond and every sleeper: far from a storm, whatever a thread asks for.
    auto attached = kernel::irq::attach(timer, handle_timer, nullptr,
                                        {.priority = kernel::IrqPriority::High, .storm_limit = 0, .name = "timer"});
    check(attached.has_value() && kernel::irq::enable(timer).has_value(), "the timer's interrupt is attached once");
    report_interrupt_controller(machine, (*controller)->lines());
    return {};
}

}  // namespace quartet::boot
