// SPDX-License-Identifier: MIT

#include "controller.hpp"

#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <arch/sim_point.hpp>
#include <base/assert.hpp>
#include <kernel/irq/cross_call.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/irq_context.hpp>
#include <kernel/sched/core.hpp>

#include <array>
#include <bit>
#include <utility>

namespace quartet::sim {
namespace {

using kernel::IrqPriority;
using kernel::Trigger;

constexpr u32 own_ids = 32;

struct Id {
    bool enabled = false;
    bool latched = false;  // pending by an edge, or because somebody wrote it so
    bool active = false;
    IrqPriority priority = IrqPriority::Normal;
};

struct Line {
    bool up = false;
    Trigger trigger = Trigger::LevelSensitive;
    u32 core = 0;
};

class Controller final : public kernel::InterruptController {
public:
    std::string_view name() const noexcept override { return "simulated"; }
    u32 lines() const noexcept override { return controller_lines; }
    void start_core() noexcept override { open_ |= 1u << arch::sim_core_id; }

    void enable(u32 number) noexcept override { touch(number).enabled = true; }
    void disable(u32 number) noexcept override { touch(number).enabled = false; }
    bool enabled(u32 number) const noexcept override { return look(number).enabled; }
    bool pending(u32 number) const noexcept override { return is_pending(number, look(number)); }
    void set_pending(u32 number) noexcept override { touch(number).latched = true; }
    void clear_pending(u32 number) noexcept override { touch(number).latched = false; }
    bool active(u32 number) const noexcept override { return look(number).active; }
    void set_priority(u32 number, IrqPriority priority) noexcept override { touch(number).priority = priority; }
    void set_trigger(u32 number, Trigger trigger) noexcept override {
        arch::sim_point();
        devices_[number].trigger = trigger;
    }
    void route(u32 number, u32 core) noexcept override {
        arch::sim_point();
        devices_[number].core = core;
    }
    void send(u32 number, u32 core) noexcept override {
        arch::sim_point();
        check((open_ >> core & 1) != 0, "an interrupt is sent to a core that takes them");
        senders_[core][number] |= 1u << arch::sim_core_id;
    }

    // The most urgent id that `core` would take; none: `controller_lines`.
    u32 next(u32 core) const {
        u32 best = controller_lines;
        if ((open_ >> core & 1) == 0) return best;
        for (u32 number = 0; number < controller_lines; ++number) {
            const Id& id = of(number, core);
            const bool software = number < kernel::software_irqs_end;
            if (!software && (!id.enabled || (number >= own_ids && devices_[number].core != core))) continue;
            if (id.active || !(software ? senders_[core][number] != 0 : is_pending(number, id))) continue;
            if (best == controller_lines || id.priority > of(best, core).priority) best = number;
        }
        return best;
    }
    // The word of GICC_IAR.
    u32 acknowledge(u32 core) {
        const u32 number = next(core);
        if (number == controller_lines) return 1023;
        Id& id = of(number, core);
        id.active = true;
        id.latched = false;
        if (number >= kernel::software_irqs_end) return number;
        const u32 sender = static_cast<u32>(std::countr_zero(senders_[core][number]));
        senders_[core][number] &= ~(1u << sender);
        return sender << 10 | number;
    }
    void complete(u32 core, u32 number) { of(number, core).active = false; }

    void set_line(u32 number, bool up) {
        arch::sim_point();
        Line& line = devices_[number];
        if (up && !line.up && line.trigger == Trigger::EdgeTriggered) ids_[0][number].latched = true;
        line.up = up;
    }

private:
    const Id& of(u32 number, u32 core) const { return ids_[number < own_ids ? core : 0][number]; }
    Id& of(u32 number, u32 core) { return ids_[number < own_ids ? core : 0][number]; }
    const Id& look(u32 number) const {
        arch::sim_point();
        return of(number, arch::sim_core_id);
    }
    Id& touch(u32 number) {
        arch::sim_point();
        return of(number, arch::sim_core_id);
    }
    bool is_pending(u32 number, const Id& id) const {
        const Line& line = devices_[number];
        return id.latched || (line.up && line.trigger == Trigger::LevelSensitive);
    }

    std::array<std::array<Id, controller_lines>, max_cores> ids_{};  // those of all cores: [0]
    std::array<Line, controller_lines> devices_{};
    std::array<std::array<u32, kernel::software_irqs_end>, max_cores> senders_{};
    u32 open_ = 0;  // cores whose interface is
};

Controller controller;

bool is_pending(u32 core) { return controller.next(core) != controller_lines; }

// vectors.S
void take() {
    const u32 core = arch::sim_core_id;
    const u32 word = controller.acknowledge(core);
    const u32 number = word & 0x3ff;
    if (number == 1023) {
        kernel::IrqContext context{Unsafe{"the machine plays vectors.S"}, word, nullptr};
        quartet_irq_special(context);
        return;
    }
    const kernel::IrqEntry& entry = quartet_irq_table[number];
    const kernel::IrqHandler handler = entry.handler.load(arch::Order::Acquire);
    kernel::IrqContext context{Unsafe{"the machine plays vectors.S"}, word, entry.argument.load(arch::Order::Relaxed)};
    handler(context);
    arch::sim_point();
    controller.complete(core, number);
}

}  // namespace

void start_interrupts(u32 cores) {
    const auto hook = std::exchange(arch::sim_hook, nullptr);
    const u32 here = arch::sim_core_id;
    kernel::irq::start(controller, 0);
    for (u32 core = 0; core < cores; ++core) {
        arch::sim_core_id = core;
        arch::IrqsMasked masked;
        if (kernel::cores[core].bit == 0) kernel::cores[core].become(core);  // no flow has booted here
        kernel::irq::start_core(kernel::cores[core], masked);
    }
    arch::sim_core_id = here;
    kernel::start_cross_calls();
    irq_pending = is_pending;
    take_irq = take;
    arch::sim_hook = hook;
}

void raise_line(u32 id) { controller.set_line(id, true); }
void lower_line(u32 id) { controller.set_line(id, false); }
void pulse_line(u32 id) {
    raise_line(id);
    lower_line(id);
}
bool line_enabled(u32 id) { return controller.enabled(id); }

}  // namespace quartet::sim
