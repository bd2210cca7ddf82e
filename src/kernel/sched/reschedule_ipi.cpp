// SPDX-License-Identifier: MIT

#include <kernel/sched/reschedule_ipi.hpp>

#include <arch/irq_mask.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/sched/reschedule.hpp>
#include <kernel/time/tick.hpp>

namespace quartet::kernel {

namespace {

void send(u32 core) noexcept {
    arch::IrqsMasked masked;
    ipi::send(core, ipi::Purpose::Reschedule, masked);
}

}  // namespace

void connect_reschedule() noexcept {
    ipi::attach<ipi::Purpose::Reschedule, on_reschedule_interrupt>();
    set_reschedule_sender(send);
}

}  // namespace quartet::kernel
