// SPDX-License-Identifier: MIT

#include <kernel/reschedule_ipi.hpp>

#include <arch/irq_mask.hpp>
#include <kernel/ipi.hpp>
#include <kernel/reschedule.hpp>
#include <kernel/tick.hpp>

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
