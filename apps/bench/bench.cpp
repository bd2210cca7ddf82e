// SPDX-License-Identifier: MIT

#include "bench.hpp"

#include "operation.hpp"

#include <base/format.hpp>
#include <base/literal.hpp>
#include <boot/application.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/time/counted_time.hpp>
#include <kernel/time/tick.hpp>

#include <array>

namespace quartet::bench {
namespace {

struct Operation {
    Literal name;
    Measure measure;
    u64 rounds;
};

constexpr Operation operations[] = {
    {"yield-switch", yield_switch, 100'000},
    {"yield-alone", yield_alone, 100'000},
    {"sem-pair", semaphore_pair, 100'000},
    {"mutex-pair", mutex_pair, 100'000},
    {"give-wake", give_wake, 100'000},
    {"give-wake-return", give_wake_return, 100'000},
    {"queue-pair", queue_pair, 100'000},
    {"pool-pair", pool_pair, 100'000},
    {"heap-pair", heap_pair, 100'000},
    {"irq-entry", irq_entry, 100'000},
    {"irq-return", irq_return, 100'000},
    {"irq-wake", irq_wake, 100'000},
    {"irq-wake-return", irq_wake_return, 100'000},
    {"spawn-join", spawn_join, 10'000},
    {"sem-cross-core", semaphore_cross_core, 10'000},
    {"timer-1", timer_pair, 100'000},
    {"timer-10000", timer_pair_of_many, 100'000},
    {"tm-cooperative", metric_cooperative, 100'000},
    {"tm-preemptive", metric_preemptive, 100'000},
    {"tm-interrupt", metric_interrupt, 100'000},
    {"tm-interrupt-preemption", metric_interrupt_preemption, 100'000},
    {"tm-message", metric_message, 100'000},
    {"tm-synchronisation", metric_synchronisation, 100'000},
    {"tm-memory", metric_memory, 100'000},
    {"boot", boot, 1},
};

struct Order {
    std::string_view name;
    std::array<Measured, std::size(operations)> results;
};

// No tick on this core while it lives. A core that went idle meanwhile has a tick again, 62,500 instructions away.
class TickHeldOff {
public:
    TickHeldOff() noexcept {
        arch::IrqsMasked masked;
        kernel::stop_tick(kernel::this_core(masked), masked);
    }
    ~TickHeldOff() {
        arch::IrqsMasked masked;
        kernel::start_tick(kernel::this_core(masked), masked);
    }
    TickHeldOff(const TickHeldOff&) = delete;
    TickHeldOff& operator=(const TickHeldOff&) = delete;
};

void measure_all(kernel::ThreadContext& self, void* argument) {
    auto& order = *static_cast<Order*>(argument);
    // What the console still sends for the typed line is over by then.
    kernel::sleep_for(self, kernel::milliseconds(50));
    for (usize i = 0; i < std::size(operations); ++i) {
        if (!operations[i].name.view().starts_with(order.name)) continue;
        TickHeldOff held;
        order.results[i] = operations[i].measure(self, operations[i].rounds);
    }
}

u32 last_core() {
    u32 last = kernel::recent_core();
    for (const kernel::Core& core : kernel::cores) {
        // Relaxed: a core that is online stays so, and one that is not yet is not needed.
        if (core.state.load(arch::Order::Relaxed) == kernel::CoreState::Online && core.id > last) last = core.id;
    }
    return last;
}

bool known(std::string_view name) {
    for (const Operation& operation : operations) {
        if (operation.name.view().starts_with(name)) return true;
    }
    return false;
}

// A line with what changes in it.
class Lines {
public:
    explicit Lines(Sink sink) : sink_(sink) {}
    template <typename... Args>
    void line(FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
        char room[120];
        sink_.line(sink_.argument, format_to(room, text, args...));
    }

private:
    Sink sink_;
};

void print(const Order& order, Lines& out) {
    for (usize i = 0; i < std::size(operations); ++i) {
        const Measured& result = order.results[i];
        if (!operations[i].name.view().starts_with(order.name)) continue;
        if (result.rounds == 0) {
            out.line("bench: {} cannot be measured here", operations[i].name.view());
            continue;
        }
        const u64 tenths = (result.instructions * 10 + result.rounds / 2) / result.rounds;
        out.line("bench {} instructions={}.{} rounds={}", operations[i].name.view(), tenths / 10, tenths % 10,
                 result.rounds);
    }
}

}  // namespace

Measured boot(kernel::ThreadContext&, u64) { return {quartet::boot::boot_counts(), 1}; }

void run(std::string_view name, Sink sink, kernel::ThreadContext& self) {
    Lines out{sink};
    if (!known(name)) return out.line("error: no figure begins with {}; usage: bench [NAME]", name);
    if (!kernel::time_is_counted(self)) return out.line("bench: not counted (start with run.sh --count)");
    Order order{name, {}};
    auto thread =
        kernel::spawn({.name = "bench", .priority = priority, .affinity = 1u << last_core()}, measure_all, &order);
    if (!thread) return out.line("error: {}", thread.error());
    if (Status done = kernel::join(self, *thread); !done) return out.line("error: {}", done.error());
    print(order, out);
}

}  // namespace quartet::bench
