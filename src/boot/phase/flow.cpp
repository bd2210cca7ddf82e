// SPDX-License-Identifier: MIT

#include <boot/phase/phases.hpp>

#include <arch/cpu.hpp>
#include <arch/image.hpp>
#include <boot/core_stacks.hpp>
#include <kernel/boot_scheduler.hpp>
#include <kernel/core.hpp>
#include <mm/magazine.hpp>

extern "C" std::byte __boot_stack[];
extern "C" std::byte __boot_stack_end[];

namespace quartet::boot {

Done<phase::Flow> phase::Flow::run() {
    kernel::Core& core = kernel::cores[arch::core_id()];
    core.exception_stack = quartet_core_stacks[core.id].exception_end();
    core.overflow_stack = quartet_core_stacks[core.id].overflow_end();
    {
        arch::IrqsMasked masked;
        mm::enter_core(core.id);
    }
    arch::set_thread_pointer(Unsafe{"the record is static and names the flow that runs"}, &kernel::boot_flow);
    kernel::start_boot_scheduler(core.id, {__boot_stack, __boot_stack_end});
    return {};
}

}  // namespace quartet::boot
