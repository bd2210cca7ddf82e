// SPDX-License-Identifier: MIT
//
// `tick_at` and `timer_at` belong to their core alone, masked. Other cores take timers out of this one's queue, or
// cancel them where they lie; the compare register then may fire for nothing.

#include <arch/thread_stack.hpp>
#include <kernel/irq/long_stretch.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/sched/thread_lock.hpp>
#include <kernel/time/armed_timers.hpp>
#include <kernel/time/tick.hpp>
#include <kernel/trace/trace.hpp>

namespace quartet::kernel {
namespace {

u64 tick_counts() { return clock_scale.hertz() / ticks_per_second; }

// The thread that was interrupted used one tick of its slice, however late that came: a core that was held up counts as
// one that stood still.
void tick(Core& core, u64 time, const arch::IrqsMasked& masked) {
    core.ticks += 1;
    core.last_tick_pc.store(arch::interrupted_pc(Unsafe{"the timer's handler alone calls it"}), arch::Order::Relaxed);
    Thread& thread = current_thread();
    // An idle core has no tick: the first one that finds it idle is the last. Not when it becomes idle, because most
    // cores are idle for less than a tick, and each time would cost two writes of the timer.
    if (thread.idle) {
        core.tick_at = ~u64{0};
        return;
    }
    if (core.samples != nullptr) [[unlikely]]
        trace::sample(core);
    // From the last one, not from now, so that a late handler moves none of those to come (TMR02).
    u64 period = tick_counts();
    core.tick_at += period;
    if (core.tick_at <= time) core.tick_at += (time - core.tick_at) / period * period + period;
    if (thread.slice_left > 1) {
        thread.slice_left -= 1;
        return;
    }
    thread.slice_left = thread.slice_ticks;
    if (RunQueue::alone(thread)) return;
    QueueLock lock{core, masked};
    if (core.queue.head(thread.priority) != &thread) return;
    core.queue.rotate(thread);
    core.reschedule = 1;
}

}  // namespace

void on_timer_interrupt() noexcept {
    arch::IrqsMasked masked;  // they are; this is the proof
    Core& core = this_core(masked);
    u64 time = arch::counter();
    if constexpr (arch::measuring) warn_of_stretch();
    if (time >= core.tick_at) tick(core, time, masked);
    u64 next = serve_timers(core, time, masked);
    core.timer_at = 0;  // what fired has to be set anew, whatever it was
    look_at_timers(core, next);
}

void on_reschedule_interrupt() noexcept {
    arch::IrqsMasked masked;
    this_core(masked).reschedule = 1;
}

void start_tick(Core& core, const arch::IrqsMasked&) noexcept {
    if (core.tick_at != ~u64{0}) return;
    core.tick_at = arch::counter() + tick_counts();
    if (core.tick_at < core.timer_at) {
        core.timer_at = core.tick_at;
        arch::timer_fire_at(core.tick_at);
    }
}

void stop_tick(Core& core, const arch::IrqsMasked& masked) noexcept {
    if (core.tick_at == ~u64{0}) return;
    core.tick_at = ~u64{0};
    look_at_timers(core, next_timer(core, masked));
}

void look_at_timers(Core& core, u64 next_timer) noexcept {
    u64 at = next_timer < core.tick_at ? next_timer : core.tick_at;
    if (at == core.timer_at) return;
    core.timer_at = at;
    if (at == ~u64{0}) arch::timer_stop();
    else arch::timer_fire_at(at);
}

}  // namespace quartet::kernel
