// SPDX-License-Identifier: MIT

#include <kernel/time/armed_timers.hpp>

#include <arch/barrier.hpp>
#include <arch/cpu.hpp>
#include <kernel/time/tick.hpp>
#include <kernel/time/timer_queue.hpp>
#include <kernel/trace/trace.hpp>

namespace quartet::kernel {
namespace {

using Order = arch::Order;

// How many steps of work one interrupt takes before others have a chance; the rest is due at once again.
constexpr u32 steps_at_once = 16;

// Beside the cores, which are not all zero and so lie in the image.
struct alignas(64) TimersOfCore {
    TimerQueue queue;  // guarded by the core's `timer_lock`
    // Whose `fire` runs there. Written by that core alone, and before the word says that it is no longer armed.
    arch::Atomic<const TimerNode*> firing{nullptr};
};
constinit TimersOfCore timers_of[max_cores];

// The lock of the queue that `node` is in, or was in last, held while `work(core)` runs.
template <typename Work>
void with_queue_of(TimerNode& node, const arch::IrqsMasked& masked, Work work) noexcept {
    for (;;) {
        Core& core = cores[node.core.load(Order::Relaxed)];
        sync::LockGuard guard{core.timer_lock, masked};
        // Relaxed: only a holder of this lock changes it away from this core.
        if (node.core.load(Order::Relaxed) != core.id) continue;
        return work(core);
    }
}

void take_out_locked(TimerNode& node, const Core& core) noexcept {
    if ((node.word.load(Order::Relaxed) & timer_word::queued) == 0) return;
    timers_of[core.id].queue.remove(node);
    node.word.fetch_and(~timer_word::queued, Order::Relaxed);  // who adds it next has this lock before
}

// `node` was due by its key and is out of the queue, though its word says otherwise: whoever arms it anew in place must
// be found here, so every way on begins with an exchange of the word that was looked at. Returns whether it fires now.
//
// The word is read relaxed: who arms in place found itself on this core, so what it wrote before lies before this; who
// arms otherwise does so under this lock; and who disarms leaves nothing to be read.
bool settle_due_locked(TimerNode& node, Core& core, u64 time) noexcept {
    TimersOfCore& timers = timers_of[core.id];
    u64 key = node.key.load(Order::Relaxed);
    u64 word = node.word.load(Order::Relaxed);
    for (;;) {
        if (!timer_word::armed(word)) {
            // Cancelled. Who adds it next has this lock before.
            if (node.word.compare_exchange_weak(word, word & ~timer_word::queued, Order::Relaxed, Order::Relaxed))
                return false;
            continue;
        }
        if (u64 due = timer_word::due(word); due != key) {
            // Armed anew for later.
            node.key.store(due, Order::Relaxed);
            // Release pairs with the acquires in arm_in_place: who finds the new version finds the new key.
            if (!node.word.compare_exchange_weak(word, timer_word::moved(word), Order::Release, Order::Relaxed))
                continue;
            timers.queue.add(node, time);
            return false;
        }
        u64 period = node.period.load(Order::Relaxed);
        u64 passed = 0;
        u64 after = (word | timer_word::idle) & ~timer_word::queued;
        if (period != 0) {
            // From the time that it was due, not from now, so that no delay adds up; what is over already is left out.
            u64 next = key + period;
            if (next <= time) passed = (time - next) / period + 1;
            next += passed * period;
            if (next > timer_word::farthest) next = timer_word::farthest;
            node.key.store(next, Order::Relaxed);
            after = timer_word::moved(timer_word::at(next, word));
        }
        if (node.deferred) {
            if ((word & timer_word::settled) == 0) passed += 1;  // the one before has not run yet
            after &= ~timer_word::settled;
        }
        // Release, here and below, as at the end of a callback: who waits for the one before may find this instead.
        timers.firing.store(&node, Order::Release);
        // Release pairs with the acquire of `disarm`: who finds it fired finds it in `firing`. And with those in arm_in_place.
        if (node.word.compare_exchange_weak(word, after, Order::Release, Order::Relaxed)) {
            if (period != 0) {
                node.missed += passed;
                node.started.store(time, Order::Relaxed);
                timers.queue.add(node, time);
            }
            return true;
        }
        timers.firing.store(nullptr, Order::Release);
        node.key.store(key, Order::Relaxed);
    }
}

}  // namespace

bool arm_slowly(TimerNode& node, u64 due, const arch::IrqsMasked& masked) noexcept {
    Core& here = this_core(masked);
    bool done = false;
    bool armed = false;
    while (!done) {
        with_queue_of(node, masked, [&](Core& core) {
            if (&core != &here) {
                take_out_locked(node, core);
                node.core.store(here.id, Order::Relaxed);
                return;
            }
            done = true;
            TimerQueue& queue = timers_of[core.id].queue;
            // Relaxed, all of it: the interrupt that fires it is this core's, and has this lock.
            u64 word = node.word.load(Order::Relaxed);
            if ((word & timer_word::queued) != 0) queue.remove(node);
            node.key.store(due, Order::Relaxed);
            u64 wanted = 0;
            do {
                if ((word & timer_word::closed) != 0) {
                    node.word.fetch_and(~timer_word::queued, Order::Relaxed);
                    return;
                }
                wanted = timer_word::moved(timer_word::at(due, word)) | timer_word::queued;
            } while (!node.word.compare_exchange_weak(word, wanted, Order::Relaxed, Order::Relaxed));
            armed = true;
            if (queue.add(node, arch::counter_about())) look_at_timers(core, queue.next());
        });
    }
    return armed;
}

void arm_timer(TimerNode& node, Instant deadline, const arch::IrqsMasked& masked) noexcept {
    node.started.store(arch::counter(), Order::Relaxed);
    u64 due = due_at(deadline);
    if (!arm_in_place(node, due, this_core(masked).id)) static_cast<void>(arm_slowly(node, due, masked));
}

void cancel_timer(TimerNode& node, const arch::IrqsMasked&) noexcept {
    if (!timer_word::armed(disarm(node))) await_fire(node);
}

void await_fire(const TimerNode& node) noexcept {
    for (TimersOfCore& timers : timers_of) {
        for (;; arch::relax()) {
            // Acquire pairs with the release in serve_timers: what the callback did is seen.
            if (timers.firing.load(Order::Acquire) != &node) break;
            arch::IrqsMasked masked;
            // It runs here, and so does the caller: below it.
            if (&timers == &timers_of[this_core(masked).id]) break;
        }
    }
}

void withdraw_timer(TimerNode& node) noexcept {
    disarm(node, timer_word::closed | timer_word::settled);
    {
        arch::IrqsMasked masked;
        with_queue_of(node, masked, [&](Core& core) { take_out_locked(node, core); });
    }
    await_fire(node);
}

u64 serve_timers(Core& core, u64 time, const arch::IrqsMasked& masked) noexcept {
    TimersOfCore& timers = timers_of[core.id];
    for (u32 steps = 0; steps < steps_at_once; ++steps) {
        TimerNode* node = nullptr;
        {
            // One step at a time: whoever wants this lock waits for one, not for all.
            sync::LockGuard guard{core.timer_lock, masked};
            TimerQueue::Stepped stepped = timers.queue.step(time);
            if (stepped.step == TimerQueue::Step::Nothing) return timers.queue.next();
            if (stepped.step == TimerQueue::Step::Due && settle_due_locked(*stepped.node, core, time))
                node = stepped.node;
        }
        if (node == nullptr) continue;
        trace::point(trace::TraceKind::Timer, trace::lower_half(node->fire), 0);
        // Without the lock, because a callback may start and cancel timers. It may also end the life of `node`.
        node->fire(*node);
        // Release pairs with the acquire in await_fire.
        timers.firing.store(nullptr, Order::Release);
    }
    return time;
}

u64 next_timer(Core& core, const arch::IrqsMasked& masked) noexcept {
    sync::LockGuard guard{core.timer_lock, masked};
    return timers_of[core.id].queue.next();
}

}  // namespace quartet::kernel
