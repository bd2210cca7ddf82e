// SPDX-License-Identifier: MIT
//
// The handshake. A core that changes its queue does, in this order: store its own `running` and `waiting`,
// a full fence, load the others'. Take a thread that begins to wait on A while B's level drops: A stores
// waiting[A], fences, loads running[B]; B stores running[B], fences, loads waiting[A]. With both fences at least
// one of them sees the other's store (store buffering, Arm ARM B2.3), and that one moves the thread, under both
// locks. Without either fence both may read the old values, and the thread waits while B runs something lower:
// the lost wake-up that shipped in other kernels. The fence is needed only where `running` went down or
// `waiting` went up; other changes make nobody wait longer.
//
// Whether anybody waits at all is one more word, a bit a core: A sets its bit after waiting[A] and before its fence, and B,
// whose level falls, loads that word first. If it finds no bit, A had not come to its fence, so A sees running[B]. If it
// finds one, it fences once more and looks at every waiting[]; the bit's release and that fence show it waiting[A].
//
// `running` may be higher than what really runs while an interrupt to that core is in flight: who placed a
// thread there announces it, so that the next one is placed elsewhere. It is never lower.

#include <arch/barrier.hpp>
#include <kernel/sched/balance.hpp>
#include <kernel/sched/reschedule.hpp>
#include <kernel/trace/trace.hpp>
#include <sync/lock_pair.hpp>

namespace quartet::kernel {
namespace {

using Order = arch::Order;

Level level_of(const Thread& thread) { return thread.idle ? Level{0} : kernel::level_of(thread.priority); }

constexpr u32 bit(const Core& core) { return 1u << core.id; }

// Lock of `core` held. Where it begins or ends to be 0 the core's bit follows.
void store_waiting(Core& core, Level level) {
    Level was = core.waiting.load(Order::Relaxed);
    core.waiting.store(level, Order::Relaxed);
    // Release: who finds the bit finds the level, after its fence. Taken away too late it makes somebody look in vain.
    if (was == 0 && level != 0) cores_with_waiters.bits.fetch_or(bit(core), Order::Release);
    if (was != 0 && level == 0) cores_with_waiters.bits.fetch_and(~bit(core), Order::Relaxed);
}

// Whether some other core should exchange threads with `core`. After the full fence.
bool mismatch(const Core& core, Level running, Level waiting) {
    for (const Core& other : cores) {
        if (&other == &core) continue;
        // Relaxed: ordered by the fences of the handshake above.
        if (other.waiting.load(Order::Relaxed) > running) return true;
        if (other.running.load(Order::Relaxed) < waiting) return true;
    }
    return false;
}

// The core on which `thread` should run: its own where that is as good as any, else the one that runs the
// least. Guesses without locks: a wrong one is mended by the handshake.
Core& choose(const Thread& thread, Core& home) {
    Core* best = nullptr;
    Level lowest = not_running;
    if ((thread.affinity & bit(home)) != 0) {
        best = &home;
        lowest = home.running.load(Order::Relaxed);
        if (lowest == 0) return home;
    }
    for (Core& core : cores) {
        if ((thread.affinity & bit(core)) == 0) continue;
        Level running = core.running.load(Order::Relaxed);
        if (running < lowest) {
            best = &core;
            lowest = running;
        }
    }
    // None of its cores runs threads (yet): it waits where it is.
    return best != nullptr ? *best : home;
}

// Lock of `core` held; `thread` is in no queue.
bool insert(Core& core, Thread& thread) {
    thread.state = ThreadState::Ready;
    core.queue.add(thread);
    Level level = level_of(thread);
    if (level > core.running.load(Order::Relaxed)) {
        // Announced at once; the core itself publishes what it leaves waiting, when it switches.
        core.running.store(level, Order::Relaxed);
        return true;
    }
    if (!RunQueue::movable(thread)) return false;
    // Somebody higher who waits here already is no reason not to look: he may be one who must not run where this one may,
    // and then a core whose level dropped has looked, found nobody for itself, and will not look again.
    if (level > core.waiting.load(Order::Relaxed)) store_waiting(core, level);
    arch::full_fence();  // pairs with the fence in publish_levels of a core whose level drops
    for (const Core& other : cores) {
        if ((thread.affinity & bit(other)) == 0 || other.running.load(Order::Relaxed) >= level) continue;
        core.duties |= rebalance_duty;
        return true;
    }
    return false;
}

// Both locks held. The first thread that waits at `from` above `above` and may run at `to`, moved there.
bool move_one(Core& from, Core& to, Level above) {
    Thread* thread = from.queue.find_waiting(from.current, bit(to), above);
    if (thread == nullptr) return false;
    from.queue.remove(*thread);
    // Relaxed: both locks are held, and who waits for one of them looks again (QueueLock).
    thread->core.store(&to, Order::Relaxed);
    thread->migrations += 1;
    to.queue.add(*thread);
    store_waiting(from, from.queue.waiting_level(from.current));
    if (Level level = level_of(*thread); level > to.running.load(Order::Relaxed))
        to.running.store(level, Order::Relaxed);
    return true;
}

// The core other than `here` and those of `tried` where the most important thread waits above `above`.
Core* busiest(const Core& here, u32 tried, Level above) {
    Core* found = nullptr;
    for (Core& core : cores) {
        if (&core == &here || (tried & bit(core)) != 0) continue;
        if (Level waiting = core.waiting.load(Order::Relaxed); waiting > above) {
            found = &core;
            above = waiting;
        }
    }
    return found;
}

// The one that runs the least important thread below `below`.
Core* laziest(const Core& here, u32 tried, Level below) {
    Core* found = nullptr;
    for (Core& core : cores) {
        if (&core == &here || (tried & bit(core)) != 0) continue;
        if (Level running = core.running.load(Order::Relaxed); running < below) {
            found = &core;
            below = running;
        }
    }
    return found;
}

// One thread, from whichever core has one that may come here.
bool pull(Core& here, const arch::IrqsMasked& masked) {
    for (u32 tried = 0;;) {
        Core* from = busiest(here, tried, here.running.load(Order::Relaxed));
        if (from == nullptr) return false;
        tried |= bit(*from);
        sync::LockPair<sync::LockRank::RunQueue> both{{here.lock, here.id}, {from->lock, from->id}, masked};
        if (!move_one(*from, here, here.running.load(Order::Relaxed))) continue;
        here.reschedule = 1;
        return true;
    }
}

// One thread, to whichever core it may go.
bool push(Core& here, const arch::IrqsMasked& masked) {
    for (u32 tried = 0;;) {
        Core* to = laziest(here, tried, here.waiting.load(Order::Relaxed));
        if (to == nullptr) return false;
        tried |= bit(*to);
        {
            sync::LockPair<sync::LockRank::RunQueue> both{{here.lock, here.id}, {to->lock, to->id}, masked};
            if (!move_one(here, *to, to->running.load(Order::Relaxed))) continue;
        }
        kick(*to, masked);
        return true;
    }
}

}  // namespace

void publish_levels(Core& core, Level running, Level waiting, QueueHeld) noexcept {
    Level was_running = core.running.load(Order::Relaxed);
    Level was_waiting = core.waiting.load(Order::Relaxed);
    core.running.store(running, Order::Relaxed);
    store_waiting(core, waiting);
    if (running > was_running && waiting <= was_waiting) return;
    // Where `running` is what it was, `publish` may have lowered it a moment ago.
    arch::full_fence();  // pairs with the same fence of every other core
    if (mismatch(core, running, waiting)) core.duties |= rebalance_duty;
}

void publish_slowly(Core& core, const Thread& next, QueueHeld held) noexcept {
    publish_levels(core, core.queue.best_level(), core.queue.waiting_level(&next), held);
}

bool settle(Core& core, QueueHeld held) noexcept {
    const Thread& best = *core.queue.best();
    publish_levels(core, core.queue.best_level(), core.queue.waiting_level(&best), held);
    bool other_should_run = &best != core.current;
    return other_should_run || core.duties != 0;
}

void kick(Core& core, const arch::IrqsMasked& masked) noexcept {
    if (&core == &this_core(masked)) {
        core.reschedule = 1;
    } else {
        // The sender's barrier makes the queue visible before the interrupt. Where one is under way already,
        // ipi::send leaves it at that: its bit is taken before the handler looks.
        send_reschedule(core.id);
    }
}

void place(Thread& thread, QueueLock& lock, const arch::IrqsMasked& masked) noexcept {
    Core* target = &choose(thread, lock.core());
    while (target != &lock.core()) {
        if (thread.state != ThreadState::Free) thread.migrations += 1;  // where it begins is no migration
        thread.state = ThreadState::Moving;
        // Release pairs with the acquire in QueueLock: who finds the new core finds the thread out of the old queue.
        // From here on it is guarded by the target's lock.
        thread.core.store(target, Order::Release);
        lock.move_to(*target, masked);
        // Another core may have changed its affinity in between.
        if ((thread.affinity & bit(*target)) != 0) break;
        target = &choose(thread, *target);
    }
    // Suspended, perhaps in between. Its place is where it is when it goes on.
    if (thread.affinity == 0) [[unlikely]] {
        thread.state = ThreadState::Suspended;
        return lock.release();
    }
    trace::point(trace::TraceKind::Wake, thread.id, target->id);
    bool due = insert(*target, thread);
    lock.release();
    if (due) kick(*target, masked);
}

void allow_cores(Thread& thread, u32 mask, QueueLock& lock, const arch::IrqsMasked& masked) noexcept {
    Core& core = lock.core();
    bool queued = RunQueue::queued(thread);
    if (queued) core.queue.remove(thread);
    thread.set_cores(mask);
    if (queued && core.current == &thread) {
        core.queue.add_front(thread);
    } else if (queued && mask == 0) {
        thread.state = ThreadState::Suspended;
    } else if (queued || (thread.state == ThreadState::Suspended && mask != 0)) {
        return place(thread, lock, masked);
    } else {
        return lock.release();  // whoever makes it ready puts it where it may run
    }
    bool due = settle(core, lock.held()) || (core.current == &thread && (mask & bit(core)) == 0);
    lock.release();
    if (due) kick(core, masked);
}

void balance(Core& here, const arch::IrqsMasked& masked) noexcept {
    here.balances += 1;
    // Each step moves one thread to a core that runs something lower, so this ends. What is left after some steps is
    // for this core's next look at its queue; one that has just switched looks before it opens interrupts, so the
    // steps bound a pass and not the masked stretch.
    for (u32 steps = 0; steps < 2 * max_cores; ++steps) {
        if (!pull(here, masked) && !push(here, masked)) return;
    }
    here.reschedule = 1;
    QueueLock lock{here, masked};
    here.duties |= rebalance_duty;
}

}  // namespace quartet::kernel
