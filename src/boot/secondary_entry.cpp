// SPDX-License-Identifier: MIT
//
// Where a secondary core enters C++: resident, because it may come at any time.

#include <boot/core_stacks.hpp>

#include <arch/cpu.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/sched/priority_scheduler.hpp>
#include <mm/magazine.hpp>

namespace quartet::boot {

// head.S, on the core's idle stack, vectors and thread pointer set, interrupts masked.
extern "C" [[noreturn]] void quartet_secondary() noexcept {
    u32 core = arch::core_id();
    {
        arch::IrqsMasked masked;
        mm::enter_core(core);
        kernel::irq::start_core(kernel::cores[core], masked);
    }
    kernel::enter_priority_scheduler(core, quartet_core_stacks[core].idle);
}

}  // namespace quartet::boot
