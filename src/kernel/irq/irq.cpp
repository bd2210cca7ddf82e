// SPDX-License-Identifier: MIT

#include <kernel/irq/irq.hpp>

#include <arch/barrier.hpp>
#include <arch/cpu.hpp>
#include <arch/handler.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq_lines.hpp>
#include <sync/clock.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::kernel::irq {

namespace {

using Guard = sync::IrqLockGuard<sync::LockRank::IrqTable>;

constinit uptr cpu_interface_address = 0;
constinit arch::Atomic<u32> started_cores;

// Ids below 32 that are enabled, for every core. A change gives it a new version, which each core
// takes over in `apply_own`: at its start, at once where the change is made, else by a software interrupt.
constinit arch::Atomic<u32> own_enabled;
constinit arch::Atomic<u32> own_version;
constinit std::array<arch::Atomic<u32>, max_cores> own_applied{};

constexpr u32 patience_ms = 100;

bool exists(u32 id) noexcept { return the_controller != nullptr && id < the_controller->lines(); }

// Relaxed: who is not under the table's lock asks for a moment that may be over.
Attachment attachment_of(u32 id) noexcept { return irq_lines[id].attachment.load(arch::Order::Relaxed); }
bool attached(u32 id) noexcept {
    const Attachment how = attachment_of(id);
    return how == Attachment::Taken || how == Attachment::Kept;
}

// The order between an entry of the table and cores that dispatch from it at this moment. They read the handler, then the
// argument (vectors.S: ldar, ldr); an entry is two words, so they could see half of a change.
// - Publish: the argument first. Who reads the handler of this release reads its argument, or a later one.
// - Withdraw: the handler alone, to dispatch_unhandled, which uses no argument. Whoever read the handler before reads
//   the argument that belongs to it, because that word does not change until the next `publish`.
// - Between the two `detach` waits until nobody can hold the old handler any more; so there is no later argument that
//   could be taken for the old one's.
void publish(u32 id) noexcept {
    IrqLine& line = irq_lines[id];
    IrqEntry& entry = quartet_irq_table[id];
    // Software interrupts have the shortest way; nobody but a sender can make a storm of them.
    bool direct = id < software_irqs_end;
    entry.argument.store(direct ? line.argument : &line, arch::Order::Relaxed);
    entry.handler.store(direct ? line.handler : dispatch_counted,
                        arch::Order::Release);  // pairs with ldar in vectors.S
}

void withdraw(u32 id) noexcept {
    // Relaxed: who finds it reads nothing that was written for it.
    quartet_irq_table[id].handler.store(dispatch_unhandled, arch::Order::Relaxed);
    // Seen by all before the controller is asked who still runs the handler: a core that read it before was active
    // for the controller before, by its read of IAR.
    arch::complete_all();
}

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
        if (the_controller->enabled(id) || irq_lines[id].stormed.load(arch::Order::Relaxed)) continue;
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

// The table lock is held: the mask changes with its version. A software interrupt may come all the same, because the
// controller need not be able to mask it (IHI 0048B, 4.3.5; GIC-400 and QEMU are not): its handler is withdrawn instead.
void change_own(u32 id, bool on, const arch::IrqsMasked& masked) noexcept {
    if (id < software_irqs_end) {
        if (on) publish(id);
        else withdraw(id);
    }
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

// The table lock is held; no core has the handler any more.
void forget(u32 id) noexcept {
    the_controller->clear_pending(id);
    irq_lines[id].name = {};
    irq_lines[id].sharers = nullptr;
    irq_lines[id].attachment.store(Attachment::Free, arch::Order::Relaxed);  // others look under the lock
}

// The table lock is held.
void switch_off(u32 id, const arch::IrqsMasked& masked) noexcept {
    if (id < shared_irqs_begin) change_own(id, false, masked);
    else the_controller->disable(id);
}

// Until no handler of `id`, which is switched off, runs on any core, and none that is under way finds it.
bool wait_until_quiet(u32 id) noexcept {
    // Handlers do not nest: a core that took over the change has ended those that came before.
    if (id < shared_irqs_begin) return wait_for_all_cores();
    withdraw(id);
    return wait_until_inactive(id);
}

}  // namespace

void start(InterruptController& controller, uptr cpu_interface) noexcept {
    the_controller = &controller;
    cpu_interface_address = cpu_interface;
    // Here and not in the image, of which it would be a tenth.
    for (IrqEntry& entry : quartet_irq_table) {
        entry.handler.store(dispatch_unhandled, arch::Order::Relaxed);  // no interrupt comes yet
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

constinit sync::SpinLock<sync::LockRank::IrqTable> table_lock;

Status claim_locked(u32 id, Attachment as, IrqHandler handler, void* argument, const Options& options) noexcept {
    if (!exists(id) || handler == nullptr || options.core >= max_cores) return fail(Error::Invalid);
    bool shared = id >= shared_irqs_begin;
    if (shared && !core_started(options.core)) return fail(Error::Invalid);
    IrqLine& line = irq_lines[id];
    if (attachment_of(id) != Attachment::Free) return fail(Error::Busy);
    line.handler = handler;
    line.argument = argument;
    line.storm_limit = options.storm_limit;
    line.core = static_cast<u8>(options.core);
    line.priority = options.priority;
    line.trigger = options.trigger;
    line.name = options.name;
    line.hot_samples.store(0, arch::Order::Relaxed);
    line.unclaimed_in_row.store(0, arch::Order::Relaxed);
    line.stormed.store(false, arch::Order::Relaxed);
    line.wanted.store(false, arch::Order::Relaxed);
    if (shared) {
        the_controller->set_priority(id, options.priority);
        the_controller->set_trigger(id, options.trigger);
        the_controller->route(id, options.core);
    }
    line.attachment.store(as, arch::Order::Relaxed);
    if (id >= software_irqs_end) publish(id);  // a software interrupt cannot be masked: `enable` publishes it
    return {};
}

void begin_leaving_locked(u32 id, const arch::IrqsMasked& masked) noexcept {
    IrqLine& line = irq_lines[id];
    line.attachment.store(Attachment::Leaving, arch::Order::Relaxed);
    line.wanted.store(false, arch::Order::Relaxed);
    switch_off(id, masked);
}

bool finish_leaving(u32 id, Attachment as) noexcept {
    // Outside the lock: the handler that is waited for may want it.
    bool quiet = wait_until_quiet(id);
    Guard guard{table_lock};
    if (!quiet) {
        if (id >= shared_irqs_begin) publish(id);
        irq_lines[id].attachment.store(as, arch::Order::Relaxed);
        return false;
    }
    withdraw(id);
    forget(id);
    return true;
}

void leave_in_handler_locked(u32 id) noexcept {
    irq_lines[id].wanted.store(false, arch::Order::Relaxed);
    the_controller->disable(id);
    withdraw(id);
    forget(id);
}

void let_in_again(u32 id) noexcept {
    const IrqLine& line = irq_lines[id];
    if (!line.lets_in()) return;
    // What the thread wrote is seen by the handler of the next one.
    arch::publish_before_device_write();
    the_controller->enable(id);
    // Whoever disables it says so before it tells the controller: where that was between our look and our write, this
    // look finds it. If even this one is too early, our write came before the other's, which then counts.
    if (!line.lets_in()) the_controller->disable(id);
}

Status attach(u32 id, IrqHandler handler, void* argument, const Options& options) noexcept {
    Guard guard{table_lock};
    return claim_locked(id, Attachment::Taken, handler, argument, options);
}

Status enable(u32 id) noexcept {
    if (!exists(id) || !attached(id)) return fail(Error::Invalid);
    irq_lines[id].stormed.store(false, arch::Order::Relaxed);
    irq_lines[id].wanted.store(true, arch::Order::Relaxed);
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
    irq_lines[id].wanted.store(false, arch::Order::Relaxed);
    if (id >= shared_irqs_begin) {
        // Whoever opens the line after this reached the controller makes its handler find that it is not wanted.
        arch::publish_before_device_write();
        the_controller->disable(id);
        return {};
    }
    Guard guard{table_lock};
    change_own(id, false, guard.masked());
    return {};
}

Status detach(u32 id) noexcept {
    if (!exists(id)) return fail(Error::Invalid);
    if (arch::in_handler()) return fail(Error::InHandler);
    {
        Guard guard{table_lock};
        if (attachment_of(id) == Attachment::Kept) return fail(Error::Busy);
        if (!attached(id)) return fail(Error::Invalid);
        begin_leaving_locked(id, guard.masked());
    }
    return finish_leaving(id, Attachment::Taken) ? Status{} : fail(Error::Timeout);
}

Status detach(IrqContext& context) noexcept {
    u32 id = context.id();
    if (id < shared_irqs_begin) return fail(Error::Invalid);
    Guard guard{table_lock};
    if (attachment_of(id) == Attachment::Kept) return fail(Error::Busy);
    if (!attached(id)) return fail(Error::Invalid);
    leave_in_handler_locked(id);
    return {};
}

Status trigger(u32 id, u32 core) noexcept {
    const bool application = id >= ipi::first_of_application && id < software_irqs_end;
    if (!application || !exists(id) || !core_started(core)) return fail(Error::Invalid);
    the_controller->send(id, core);
    return {};
}

Status pend(u32 id) noexcept {
    if (!exists(id) || id < shared_irqs_begin || !attached(id)) return fail(Error::Invalid);
    // What the caller wrote before is seen by the handler, as with a software interrupt.
    arch::publish_before_device_write();
    the_controller->set_pending(id);
    return {};
}

Status set_core(u32 id, u32 core) noexcept {
    if (!exists(id) || id < shared_irqs_begin || !core_started(core)) return fail(Error::Invalid);
    Guard guard{table_lock};
    if (!attached(id)) return fail(Error::Invalid);
    irq_lines[id].core = static_cast<u8>(core);
    the_controller->route(id, core);
    return {};
}

Result<LineInfo> info(u32 id) noexcept {
    if (!exists(id)) return fail(Error::Invalid);
    Guard guard{table_lock};
    const IrqLine& line = irq_lines[id];
    LineInfo info{.name = line.name, .attached = attached(id), .core = line.core};
    info.enabled = the_controller->enabled(id);
    info.stormed = line.stormed.load(arch::Order::Relaxed);
    info.unclaimed = line.unclaimed.load(arch::Order::Relaxed);
    for (u32 core = 0; core < max_cores; ++core) info.counts[core] = line.counts[core].load(arch::Order::Relaxed);
    return info;
}

SpecialCounts specials(u32 core) noexcept {
    debug_check(core < max_cores, "a core that does not exist is asked for");
    return {.spurious = core_specials[core].spurious.load(arch::Order::Relaxed),
            .wrong_group = core_specials[core].wrong_group.load(arch::Order::Relaxed)};
}

}  // namespace quartet::kernel::irq
