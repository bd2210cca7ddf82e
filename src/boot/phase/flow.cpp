// SPDX-License-Identifier: MIT

#include <boot/phase/phases.hpp>

#include <arch/cpu.hpp>
#include <arch/image.hpp>
#include <boot/core_record.hpp>
#include <boot/core_stacks.hpp>
#include <kernel/sched/boot_scheduler.hpp>
#include <kernel/sched/core.hpp>
#include <mm/magazine.hpp>

namespace quartet::boot {

Done<phase::Flow> phase::Flow::run() {
    kernel::number_cores();
    kernel::Core& core = kernel::cores[arch::core_id()];
    tell_stacks(core);
    {
        arch::IrqsMasked masked;
        mm::enter_core(core.id);
    }
    arch::set_thread_pointer(Unsafe{"the record is static and names the flow that runs"}, &kernel::boot_flow);
    kernel::start_boot_scheduler(core.id, {__boot_stack, __boot_stack_end});
    return {};
}

}  // namespace quartet::boot
