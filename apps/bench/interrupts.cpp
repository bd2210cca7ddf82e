// SPDX-License-Identifier: MIT
//
// Figures of the interrupt path. A software interrupt is made pending while interrupts are masked; the clock starts
// at the instruction that opens them, which is where it is taken.

#include "handlers.hpp"
#include "operation.hpp"

#include <arch/irq_mask.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/wait/semaphore.hpp>

namespace quartet::bench {
namespace {

// Of the software interrupts, those from 5 on are the application's (ipi.hpp).
constexpr u32 software_irq = 7;

class Attached {
public:
    Attached(kernel::IrqHandler handler, void* argument) {
        if (!kernel::irq::attach(software_irq, handler, argument, {.storm_limit = 0, .name = "bench"})) return;
        attached_ = true;
        ready_ = kernel::irq::enable(software_irq).has_value();
    }
    ~Attached() {
        // Where the id was taken, it stays whose it is.
        if (attached_) static_cast<void>(kernel::irq::detach(software_irq));
    }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;
    bool ready() const { return ready_; }

private:
    bool attached_ = false;
    bool ready_ = false;
};

// Returns the count at the instruction that lets it in.
[[gnu::always_inline]] inline u64 interrupt_myself() {
    arch::IrqsMasked masked;
    static_cast<void>(kernel::irq::trigger(software_irq, kernel::recent_core()));
    return arch::instruction_count();
}

struct Waiter {
    kernel::Semaphore semaphore;
    u64 rounds = 0;
    u64 woken = 0;  // when it ran
};

void note_wake(kernel::ThreadContext& self, void* argument) {
    auto& waiter = *static_cast<Waiter*>(argument);
    for (u64 n = 0; n < waiter.rounds; ++n) {
        static_cast<void>(waiter.semaphore.take(self));
        waiter.woken = arch::instruction_count();
    }
}

enum class Until : u8 { Woken, Return };

Measured wake(kernel::ThreadContext& self, u64 rounds, Until until) {
    Waiter waiter;
    waiter.rounds = warm_up + rounds + 1;
    auto thread = spawn_here(note_wake, &waiter, higher_priority);
    if (!thread) return {};
    u64 sum = 0;
    {
        Attached line{give_semaphore, &waiter.semaphore};
        if (line.ready()) {
            for (u64 n = 0; n < warm_up + rounds; ++n) {
                const u64 begin = interrupt_myself();
                const u64 end = arch::instruction_count();
                if (n >= warm_up) sum += (until == Until::Return ? end : waiter.woken) - begin;
            }
        }
    }
    waiter.semaphore.close();
    if (!kernel::join(self, *thread) || sum == 0) return {};
    return {sum, rounds};
}

}  // namespace

Measured irq_entry(kernel::ThreadContext&, u64 rounds) {
    Attached line{note_entry, nullptr};
    if (!line.ready()) return {};
    u64 sum = 0;
    for (u64 n = 0; n < warm_up + rounds; ++n) {
        const u64 begin = interrupt_myself();
        if (n >= warm_up) sum += handler_entered - begin;
    }
    return {sum, rounds};
}

Measured irq_return(kernel::ThreadContext&, u64 rounds) {
    Attached line{do_nothing, nullptr};
    if (!line.ready()) return {};
    u64 sum = 0;
    for (u64 n = 0; n < warm_up + rounds; ++n) {
        const u64 begin = interrupt_myself();
        const u64 end = arch::instruction_count();
        if (n >= warm_up) sum += end - begin;
    }
    return {sum, rounds};
}

Measured irq_wake(kernel::ThreadContext& self, u64 rounds) { return wake(self, rounds, Until::Woken); }

Measured irq_wake_return(kernel::ThreadContext& self, u64 rounds) { return wake(self, rounds, Until::Return); }

}  // namespace quartet::bench
