// SPDX-License-Identifier: MIT

#include <kernel/irq.hpp>

#include <arch/barrier.hpp>
#include <arch/cpu.hpp>
#include <kernel/core.hpp>
#include <kernel/ipi.hpp>
#include <kernel/irq_lines.hpp>
#include <sync/clock.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::kernel::irq {

namespace {

using Lock = sync::SpinLock<sync::LockRank::IrqTable>;
using Guard = sync::IrqLockGuard<sync::LockRank::IrqTable>;

// Guards who is attached, and the registers of the controller that several ids share.
constinit Lock table_lock;

constinit uptr cpu_interface_address = 0;
constinit arch::Atomic<u32> started_cores;

// Ids below 32 that are enabled, for every core. A change gives it a new version, which each core
// takes over in `apply_own`: at its start, at once where the change is made, else by a software interrupt.
constinit arch::Atomic<u32> own_enabled;
constinit arch::Atomic<u32> own_version;
constinit std::array<arch::Atomic<u32>, max_cores> own_applied{};

constexpr u32 patience_ms = 100;

bool exists(u32 id) noexcept { return the_controller != nullptr && id < the_controller->lines(); }
bool attached(u32 id) noexcept { return quartet_irq_table[id].handler != dispatch_unhandled; }

// Make the calling core's own ids as they are meant to be.
void apply_own(const arch::IrqsMasked&) noexcept {
    u32 core = arch::core_id();
    // Acquire pairs with the release in `change_own`: the mask and the lines belong to this version at least.
    u32 version = own_version.load(arch::Order::Acquire);
    u32 enabled = own_enabled.load(arch::Order::Relaxed);
    for (u32 id = 0; id < shared_irqs_begin; ++id) {
        if ((enabled >> id & 1) == 0) {
            the_controller->disable(id);
            continue;
        }
        // One that storms on a core stays masked until somebody enables it anew.
        if (the_controller->enabled(id) || irq_lines[id].stormed.load(arch::Order::Relaxed) != 0) continue;
        the_controller->set_priority(id, irq_lines[id].priority);
        the_controller->set_trigger(id, irq_lines[id].trigger);
        the_controller->enable(id);
    }
    // Release pairs with the acquire in `wait_for_all_cores`: no handler of a disabled id runs here.
    own_applied[core].store(version, arch::Order::Release);
}

void on_own_changed() noexcept {
    arch::IrqsMasked masked;
    apply_own(masked);
}

// The table lock is held: the mask changes with its version.
void change_own(u32 id, bool on, const arch::IrqsMasked& masked) noexcept {
    u32 bit = u32{1} << id;
    u32 before = own_enabled.load(arch::Order::Relaxed);
    own_enabled.store(on ? before | bit : before & ~bit, arch::Order::Relaxed);
    own_version.fetch_add(1, arch::Order::Release);
    u32 self = arch::core_id();
    if (core_started(self)) apply_own(masked);
    for (u32 core = 0; core < max_cores; ++core) {
        if (core != self && core_started(core)) ipi::send(core, ipi::Purpose::OwnIrqs, masked);
    }
}

// False: a core did not take over the last change in time.
bool wait_for_all_cores() noexcept {
    u32 version = own_version.load(arch::Order::Relaxed);
    sync::Deadline deadline{patience_ms};
    for (u32 core = 0; core < max_cores; ++core) {
        bool applied = sync::wait_until(deadline, [&] {
            // As a difference, so that the version may wrap. Acquire: see `apply_own`.
            return !core_started(core) || static_cast<i32>(own_applied[core].load(arch::Order::Acquire) - version) >= 0;
        });
        if (!applied) return false;
    }
    return true;
}

bool wait_until_inactive(u32 id) noexcept {
    return sync::wait_until(patience_ms, [&] { return !the_controller->active(id); });
}

void forget(u32 id) noexcept {
    IrqLine& line = irq_lines[id];
    quartet_irq_table[id] = {dispatch_unhandled, nullptr};
    line.handler = nullptr;
    line.argument = nullptr;
    line.name = {};
    the_controller->clear_pending(id);
}

}  // namespace

void start(InterruptController& controller, uptr cpu_interface) noexcept {
    the_controller = &controller;
    cpu_interface_address = cpu_interface;
    // Here and not in the image, of which it would be a tenth.
    for (IrqEntry& entry : quartet_irq_table) {
        entry = {dispatch_unhandled, nullptr};
    }
    ipi::attach<ipi::Purpose::OwnIrqs, on_own_changed>();
}

void start_core(Core& core, const arch::IrqsMasked& masked) noexcept {
    core.gicc = cpu_interface_address;
    core.irq_table = quartet_irq_table.data();
    the_controller->start_core();
    // Said before the own ids are applied: a change that comes meanwhile either sees this core and
    // sends to it, or is seen by it. Both sides write, then read: SeqCst on both would be needed if
    // the table lock did not order them.
    Guard guard{table_lock};
    started_cores.fetch_or(u32{1} << core.id, arch::Order::Release);
    apply_own(masked);
}

bool core_started(u32 core) noexcept {
    // Acquire pairs with the release in `start_core`: the controller knows that core's target bit.
    return core < max_cores && (started_cores.load(arch::Order::Acquire) >> core & 1) != 0;
}

u32 lines() noexcept { return the_controller != nullptr ? the_controller->lines() : 0; }

Status attach(u32 id, IrqHandler handler, void* argument, const Options& options) noexcept {
    if (!exists(id) || handler == nullptr) return fail(Error::Invalid);
    bool shared = id >= shared_irqs_begin;
    if (shared && !core_started(options.core)) return fail(Error::Invalid);

    Guard guard{table_lock};
    if (attached(id)) return fail(Error::Busy);
    IrqLine& line = irq_lines[id];
    line.handler = handler;
    line.argument = argument;
    line.storm_limit = options.storm_limit;
    line.core = options.core;
    line.priority = options.priority;
    line.trigger = options.trigger;
    line.name = options.name;
    line.hot_samples.store(0, arch::Order::Relaxed);
    line.stormed.store(0, arch::Order::Relaxed);
    if (shared) {
        the_controller->set_priority(id, options.priority);
        the_controller->set_trigger(id, options.trigger);
        the_controller->route(id, options.core);
    }
    // Software interrupts have the shortest way; nobody but a sender can make a storm of them.
    if (id < software_irqs_end) {
        quartet_irq_table[id] = {handler, argument};
    } else {
        quartet_irq_table[id] = {dispatch_counted, &line};
    }
    return {};
}

Status enable(u32 id) noexcept {
    if (!exists(id) || !attached(id)) return fail(Error::Invalid);
    irq_lines[id].stormed.store(0, arch::Order::Relaxed);
    // Table and line lie in Normal memory, the enable bit in the device: whoever is interrupted after it
    // must see them.
    arch::publish_before_device_write();
    if (id < shared_irqs_begin) {
        Guard guard{table_lock};
        change_own(id, true, guard.masked());
    } else {
        the_controller->enable(id);
    }
    return {};
}

Status disable(u32 id) noexcept {
    if (!exists(id) || !attached(id)) return fail(Error::Invalid);
    if (id < shared_irqs_begin) {
        Guard guard{table_lock};
        change_own(id, false, guard.masked());
    } else {
        the_controller->disable(id);
    }
    return {};
}

Status detach(u32 id) noexcept {
    TRY(disable(id));
    // Outside the lock: the handler that is waited for may want it. Nobody else can attach meanwhile,
    // because the table still says that it is taken.
    bool quiet = id < shared_irqs_begin ? wait_for_all_cores() : wait_until_inactive(id);
    if (!quiet) return fail(Error::Timeout);
    Guard guard{table_lock};
    if (!attached(id)) return fail(Error::Invalid);  // two detached at once: the other one did it
    forget(id);
    return {};
}

Status detach(IrqContext& context) noexcept {
    u32 id = context.id();
    if (id < shared_irqs_begin) return fail(Error::Invalid);
    Guard guard{table_lock};
    if (!attached(id)) return fail(Error::Invalid);
    the_controller->disable(id);
    forget(id);
    return {};
}

Status trigger(u32 id, u32 core) noexcept {
    if (!exists(id) || id >= software_irqs_end || !core_started(core)) return fail(Error::Invalid);
    the_controller->send(id, core);
    return {};
}

Result<LineInfo> info(u32 id) noexcept {
    if (!exists(id)) return fail(Error::Invalid);
    Guard guard{table_lock};
    const IrqLine& line = irq_lines[id];
    LineInfo info{.name = line.name, .attached = attached(id), .core = line.core};
    info.enabled = the_controller->enabled(id);
    info.stormed = line.stormed.load(arch::Order::Relaxed) != 0;
    for (u32 core = 0; core < max_cores; ++core) info.counts[core] = line.counts[core].load(arch::Order::Relaxed);
    return info;
}

SpecialCounts specials(u32 core) noexcept {
    debug_check(core < max_cores, "a core that does not exist is asked for");
    return {.spurious = core_specials[core].spurious.load(arch::Order::Relaxed),
            .wrong_group = core_specials[core].wrong_group.load(arch::Order::Relaxed)};
}

}  // namespace quartet::kernel::irq
