// SPDX-License-Identifier: MIT

#include <boot/phase/phases.hpp>

#include <arch/cpu.hpp>
#include <arch/image.hpp>
#include <kernel/boot_scheduler.hpp>

extern "C" std::byte __boot_stack[];
extern "C" std::byte __boot_stack_end[];

namespace quartet::boot::phase {

Done<Flow> Flow::run() {
    arch::set_thread_pointer(Unsafe{"the record is static and names the flow that runs"}, &kernel::boot_flow);
    kernel::start_boot_scheduler(arch::core_id(), {__boot_stack, __boot_stack_end});
    return {};
}

}  // namespace quartet::boot::phase
