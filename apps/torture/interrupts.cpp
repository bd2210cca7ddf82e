// SPDX-License-Identifier: MIT
//
// Interrupts from core to core: bursts of software interrupts, and functions that are called on another core.

#include "fault_points.hpp"
#include "worker.hpp"

#include <array>

namespace quartet::torture {
namespace {

using Order = arch::Order;

// Of the software interrupts, those from 5 on are the application's.
constexpr u32 software_irq = 6;

struct alignas(64) Count {
    arch::Atomic<u64> handled{0};
};
constinit std::array<Count, max_cores> counts{};

void count_one(IrqContext& context) noexcept { counts[context.core()].handled.fetch_add(1, Order::Release); }

struct Question {
    u64 number;
    u64 answer = 0;
    u32 core = ~0u;
};

void answer(IrqContext& context) noexcept {
    auto& question = *static_cast<Question*>(context.argument());
    question.answer = mixed(question.number);
    question.core = context.core();
}

}  // namespace

Status start_interrupts() noexcept {
    TRY(irq::attach(software_irq, count_one, nullptr, {.name = "torture"}));
    return irq::enable(software_irq);
}

void end_interrupts() noexcept { static_cast<void>(irq::detach(software_irq)); }

void interrupt(Worker& worker) {
    const u32 core = worker.random.below(max_cores);
    if (!irq::core_started(core)) return;
    const u32 burst = worker.random.one_in(8) ? 200 : worker.random.from(1, 4);
    u64 before = 0;
    for (u32 n = 0; n < burst; ++n) {
        before = counts[core].handled.load(Order::Acquire);
        worker.expect(irq::trigger(software_irq, core).has_value(), "trigger");
    }
    // Several that are pending at once are one; but after the last one its handler begins once more.
    const Instant limit = Clock::now() + kernel::seconds(20);
    while (counts[core].handled.load(Order::Acquire) == before) {
        if (faults::stalled(core)) return;
        if (!worker.expect(Clock::now() < limit, "a software interrupt arrives")) return;
        this_thread::sleep_for(worker.self, kernel::microseconds(10));
    }
}

void call(Worker& worker) {
    const u32 core = worker.random.below(max_cores);
    if (!irq::core_started(core)) return;
    Question question{.number = worker.random.next()};
    const CallStatus called = call_core(worker.self, core, answer, &question, kernel::milliseconds(200));
    if (!called) {
        // It is waited for no longer, and never comes: `question` is ours again.
        worker.expect(called.error().core == core, "the core that did not answer");
        worker.refused(called.error().error, "call_core");
        return;
    }
    worker.expect(question.core == core && question.answer == mixed(question.number), "the answer of another core");
}

}  // namespace quartet::torture
