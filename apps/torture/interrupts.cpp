// SPDX-License-Identifier: MIT
//
// Interrupts from core to core: bursts of software interrupts, and functions that are called on another core.

#include "spare_lines.hpp"
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

// Until `count` is another, unless the core that counts was told to stand still. Whether it came.
bool await_change(Worker& worker, u32 core, const arch::Atomic<u64>& count, u64 before) {
    const Instant limit = Clock::now() + never_comes;
    while (count.load(Order::Acquire) == before) {
        if (faults::stalled(core)) return false;
        if (!worker.expect(Clock::now() < limit, "an interrupt arrives")) return false;
        this_thread::sleep_for(worker.self, kernel::microseconds(10));
    }
    return true;
}

struct Line {
    arch::Atomic<u64> handled{0};
    u32 core = ~0u;  // of the last one
};

void count_line(IrqContext& context) noexcept {
    auto& line = *static_cast<Line*>(context.argument());
    line.core = context.core();
    line.handled.fetch_add(1, Order::Release);
}

// A line of the worker's own, as a device has one, that moves to another core while it is in use.
void line_interrupt(Worker& worker, u32 core) {
    const u32 id = spare_line(worker_lines + worker.number);
    if (id == 0) return;
    Line line;
    const irq::Options options{.core = core, .trigger = Trigger::EdgeTriggered, .name = "torture-line"};
    if (!worker.expect(irq::attach(id, count_line, &line, options).has_value(), "attach")) return;
    worker.expect(irq::enable(id).has_value() && irq::pend(id).has_value(), "pend");
    const u32 other = worker.random.below(max_cores);
    if (await_change(worker, core, line.handled, 0) && irq::core_started(other)) {
        worker.expect(line.core == core, "an interrupt comes where it was routed");
        worker.expect(irq::set_core(id, other).has_value() && irq::pend(id).has_value(), "set_core");
        if (await_change(worker, other, line.handled, 1)) worker.expect(line.core == other, "and moves with its line");
    }
    // The kernel holds the address of `line`: who cannot take it back cannot go on.
    check(surely_in_time(worker.self, [id] { return irq::detach(id); }).has_value(), "a worker's line is detached");
    worker.expect(line.handled.load(Order::Acquire) <= 2, "an interrupt comes once");
}

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

void end_interrupts(Worker& judge) noexcept {
    judge.operation = "interrupt";
    judge.expect(surely_in_time(judge.self, [] { return irq::detach(software_irq); }).has_value(), "detach");
}

void interrupt(Worker& worker) {
    const u32 core = worker.random.below(max_cores);
    if (!irq::core_started(core)) return;
    if (worker.random.one_in(4)) return line_interrupt(worker, core);
    const u32 burst = worker.random.one_in(8) ? 200 : worker.random.from(1, 4);
    u64 before = 0;
    for (u32 n = 0; n < burst; ++n) {
        before = counts[core].handled.load(Order::Acquire);
        worker.expect(irq::trigger(software_irq, core).has_value(), "trigger");
    }
    // Several that are pending at once are one; but after the last one its handler begins once more.
    await_change(worker, core, counts[core].handled, before);
}

void call(Worker& worker) {
    const u32 core = worker.random.below(max_cores);
    if (!irq::core_started(core)) return;
    Question question{.number = worker.random.next()};
    const Instant limit = Clock::now() + never_comes;
    for (;;) {
        const bool may_not_come = faults::stalled(core) || faults::requests_dropped();
        const CallStatus called =
            call_core(worker.self, core, answer, &question, kernel::milliseconds(may_not_come ? 10 : 100));
        if (called) break;
        // It is waited for no longer, and never comes: `question` is ours again.
        worker.expect(called.error() == kernel::CallFailure{Error::Timeout, core},
                      "the core that did not answer is named");
        worker.expect(question.core == ~0u, "a call that was given up never comes");
        if (faults::stalled(core) || faults::requests_dropped()) {
            tally.late.fetch_add(1, Order::Relaxed);
            return;
        }
        if (!worker.expect(Clock::now() < limit, "a core answers")) return;
    }
    worker.expect(question.core == core && question.answer == mixed(question.number), "the answer of another core");
}

}  // namespace quartet::torture
