// SPDX-License-Identifier: MIT

#include <arch/atomic.hpp>
#include <arch/handler.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/sched/reschedule.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/sched/scheduler_ops.hpp>

namespace quartet::kernel {
namespace {

using Order = arch::Order;

constinit arch::Atomic<SendReschedule> sender{nullptr};

}  // namespace

// Release pairs with the acquire load below: what the sender needs was set up before.
void set_reschedule_sender(SendReschedule send) noexcept { sender.store(send, Order::Release); }

void send_reschedule(u32 core) noexcept {
    SendReschedule send = sender.load(Order::Acquire);
    if (send != nullptr) send(core);
}

void finish_wakes_slowly(const arch::IrqsMasked& masked) noexcept {
    Thread& self = current_thread();
    Core& core = this_core(masked);
    if (!masked.was_open()) {
        // A handler's tail does it. A thread that masked interrupts gets one when it opens them: `reschedule`
        // stays set, and whichever interrupt comes first looks at it.
        if (!arch::in_handler()) send_reschedule(core.id);
        return;
    }
    core.reschedule = 0;
    if (self.preempt_disabled != 0) {
        self.preempt_due = 1;
        return;
    }
    scheduler_ops().reschedule(self);
}

void PreemptionDisabled::preempt_now() noexcept {
    arch::IrqsMasked masked;
    Thread& self = current_thread();
    self.preempt_due = 0;
    this_core(masked).reschedule = 1;
    finish_wakes(masked);
}

}  // namespace quartet::kernel

extern "C" void quartet_irq_reschedule() noexcept {
    using namespace quartet;
    using namespace quartet::kernel;
    arch::IrqsMasked masked{Unsafe{"the tail of an interrupt is masked until its eret"},
                            arch::IrqsMasked::WereMasked{}};
    Thread& self = current_thread();
    Core& core = this_core(masked);
    core.reschedule = 0;
    if (self.preempt_disabled != 0) [[unlikely]] {
        self.preempt_due = 1;
        return;
    }
    reschedule_in_tail(self, core);
}
