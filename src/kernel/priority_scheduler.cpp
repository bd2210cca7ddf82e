// SPDX-License-Identifier: MIT
//
// Switching, under the lock of the core's own run queue. The lock is taken by the thread that goes and
// released by the one that comes, when the stack of the first is no longer in use and its registers are
// saved: whoever wants to run the first elsewhere needs that lock, so nobody can do it too early. And a
// thread that is about to block is marked blocked under that lock: who wakes it waits there until it is off
// its stack. That is the whole hand-over; no thread is ever seen half saved.

#include <arch/context.hpp>
#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <kernel/balance.hpp>
#include <kernel/boot_scheduler.hpp>
#include <kernel/priority_scheduler.hpp>
#include <kernel/scheduler.hpp>
#include <kernel/thread_lock.hpp>
#include <kernel/thread_records.hpp>
#include <kernel/tick.hpp>

namespace quartet::kernel {
namespace {

using Order = arch::Order;

constinit Thread idle_threads[max_cores];

// The second half of every switch, on the stack of the thread that comes. Masked, the lock held.
void finish_switch(Thread& self, const arch::IrqsMasked& masked) noexcept {
    Core& core = *self.core.load(Order::Relaxed);
    Thread* previous = core.previous;
    ThreadState left_as = previous->state;
    bool rebalance = core.rebalance;
    core.rebalance = false;
    core.lock.release_across_switch(Unsafe{"taken by the thread that switched to us"});
    if (left_as == ThreadState::Moving) [[unlikely]] {
        QueueLock lock{*previous, masked};
        place(*previous, lock, masked);
    }
    if (left_as == ThreadState::Dead) [[unlikely]]
        release_flow(*previous);
    if (rebalance) [[unlikely]]
        balance(core, masked);
}

// Masked, `lock` held; it is released by whoever runs next. Returns when `self` runs again, perhaps on
// another core.
void switch_to(QueueLock& lock, Thread& self, Thread& next, const arch::IrqsMasked& masked) noexcept {
    Core& core = lock.core();
    u64 now = arch::counter();
    self.run_counts += now - core.switched_at;
    core.switched_at = now;
    next.switches += 1;
    core.current = &next;
    core.previous = &self;
    publish(core, next);
    if (self.idle) start_tick(core, masked);
    lock.hand_over();
    arch::set_thread_pointer(Unsafe{"the next instructions continue as that thread"}, &next);
    arch::quartet_switch_context(&self.context, &next.context);
    finish_switch(self, masked);
}

Thread& best_of(Core& core) noexcept {
    Thread* best = core.queue.best();
    return best != nullptr ? *best : *core.idle;
}

// Until nothing is due: what finish_switch balanced may ask for one more switch.
void run_best(Thread& self, const arch::IrqsMasked& masked) noexcept {
    for (;;) {
        Core& core = this_core(masked);
        core.reschedule = 0;
        QueueLock lock{core, masked};
        bool evicted = !self.idle && RunQueue::queued(self) && (self.affinity & (1u << core.id)) == 0;
        if (evicted) {
            core.queue.remove(self);
            self.state = ThreadState::Moving;
        }
        Thread& next = best_of(core);
        if (&next == &self) {
            publish(core, self);
            bool rebalance = core.rebalance;
            core.rebalance = false;
            lock.release();
            if (rebalance) balance(core, masked);
        } else {
            switch_to(lock, self, next, masked);
        }
        if (this_core(masked).reschedule == 0) return;
    }
}

void yield_slowly(Thread& self) noexcept {
    arch::IrqsMasked masked;
    Core& core = this_core(masked);
    QueueLock lock{core, masked};
    if (core.queue.head(self.priority) == &self) core.queue.rotate(self);
    Thread& next = best_of(core);
    if (&next == &self) return;
    switch_to(lock, self, next, masked);
    finish_wakes(masked);
}

void block(Thread& self, ThreadState state, const arch::IrqsMasked& masked) noexcept {
    Core& core = this_core(masked);
    QueueLock lock{core, masked};
    if (self.woken) {
        self.woken = false;
        return;
    }
    core.queue.remove(self);
    self.state = state;
    switch_to(lock, self, best_of(core), masked);
    if (this_core(masked).reschedule != 0) run_best(self, masked);
}

void wake(Thread& thread, const arch::IrqsMasked& masked) noexcept {
    QueueLock lock{thread, masked};
    if (thread.state == ThreadState::Blocked || thread.state == ThreadState::Sleeping) place(thread, lock, masked);
    else thread.woken = true;
}

void start(Thread& thread, const arch::IrqsMasked& masked) noexcept {
    thread.core.store(&this_core(masked), Order::Relaxed);
    QueueLock lock{thread, masked};
    place(thread, lock, masked);
}

void reschedule(Thread& self) noexcept {
    arch::IrqsMasked masked;
    run_best(self, masked);
}

void exit(Thread& self) noexcept {
    arch::IrqsMasked masked;
    announce_end(self, masked);
    Core& core = this_core(masked);
    QueueLock lock{core, masked};
    core.queue.remove(self);
    self.state = ThreadState::Dead;
    switch_to(lock, self, best_of(core), masked);
}

// Sleeps until there is something to do. Masked between the look and the sleep: an interrupt that comes in
// between stays pending and ends the sleep at once. Who places a thread here does so before it sends the
// interrupt, and a thread that waits elsewhere was looked for when `running` became 0 (balance.cpp).
[[noreturn]] void idle_loop(Core& core) noexcept {
    for (;;) {
        {
            arch::IrqsMasked masked;
            if (core.reschedule == 0) {
                stop_tick(core, masked);
                core.idle_entries += 1;
                arch::wait_for_interrupt();
            }
            finish_wakes(masked);
        }
        // Open here: what is pending is taken.
    }
}

void become_idle(Thread& idle, Core& core, std::span<std::byte> stack) noexcept {
    idle.idle = true;
    idle.priority = idle.base_priority = lowest_priority;
    idle.affinity = 1u << core.id;
    idle.state = ThreadState::Ready;
    idle.stack = stack;
    idle.core.store(&core, Order::Relaxed);
    core.idle = &idle;
}

void idle_entry(ThreadContext& self, void*) { idle_loop(*self.thread().core.load(Order::Relaxed)); }

}  // namespace

constinit const SchedulerOps priority_scheduler_ops{
    .name = "priority",
    .yield = yield_slowly,
    .block = block,
    .wake = wake,
    .start = start,
    .reschedule = reschedule,
    .exit = exit,
};

void finish_first_switch(Thread& self) noexcept {
    arch::IrqsMasked masked;
    finish_switch(self, masked);
    if (this_core(masked).reschedule != 0) run_best(self, masked);
}

void run_thread(Thread& thread) noexcept {
    if (&scheduler_ops() == &priority_scheduler_ops) finish_first_switch(thread);
    arch::unmask_irqs(Unsafe{"the switch that started this thread is finished"});
    ThreadContext self{thread};
    thread.entry(self, thread.argument);
    exit_thread(self);
}

Thread& idle_thread(u32 core) noexcept { return idle_threads[core]; }

Status start_priority_scheduler() noexcept {
    arch::IrqsMasked masked;
    Thread& self = current_thread();
    Core& core = this_core(masked);
    Thread& idle = idle_threads[core.id];
    std::span<std::byte> stack = TRY(allocate_stack(default_stack_size));
    become_idle(idle, core, stack);
    name_record(idle, "idle0");
    idle.name[4] = static_cast<char>('0' + core.id);
    register_record(idle);
    idle.entry = idle_entry;
    arch::prepare_context(Unsafe{"a fresh stack of its own"}, idle.context, stack, enter_thread, &idle);
    {
        QueueLock lock{core, masked};
        for (Thread* thread : boot_threads()) {
            if (thread->state == ThreadState::Ready) core.queue.add(*thread);
        }
        core.current = &self;
        core.switched_at = arch::counter();
        core.state.store(CoreState::Online, Order::Release);
        publish(core, self);
        core.rebalance = false;  // there is no other core yet
        // Release pairs with the acquire in scheduler_ops(): the queue is complete. From here on every wake, block
        // and yield goes to the priority scheduler.
        active_scheduler.store(&priority_scheduler_ops, Order::Release);
    }
    start_tick(core, masked);
    core.reschedule = 1;  // a boot thread may be more important than this flow
    finish_wakes(masked);
    return {};
}

void enter_priority_scheduler(u32 number, std::span<std::byte> stack) noexcept {
    Core& core = cores[number];
    Thread& self = idle_threads[number];
    become_idle(self, core, stack);
    name_record(self, "idle0");
    self.name[4] = static_cast<char>('0' + number);
    register_record(self);
    {
        arch::IrqsMasked masked;
        QueueLock lock{core, masked};
        core.current = &self;
        core.switched_at = arch::counter();
        // Release pairs with the acquire in cores_online: from here on it may be sent interrupts.
        core.state.store(CoreState::Online, Order::Release);
        publish(core, self);
        core.rebalance = false;
        lock.release();
        balance(core, masked);
    }
    arch::unmask_irqs(Unsafe{"this core's vectors, stacks and interrupt controller are ready"});
    idle_loop(core);
}

u32 cores_online() noexcept {
    u32 count = 0;
    for (const Core& core : cores) count += core.state.load(Order::Acquire) == CoreState::Online ? 1u : 0u;
    return count;
}

bool await_core(u32 number, Duration limit) noexcept {
    Core& core = cores[number];
    Instant end = after(now(), limit);
    while (core.state.load(Order::Acquire) != CoreState::Online) {
        if (now() >= end) {
            CoreState seen = CoreState::Released;
            // It may come between the look and this: then it is Online and stays so.
            core.state.compare_exchange(seen, CoreState::Missing, Order::Relaxed, Order::Relaxed);
            return core.state.load(Order::Acquire) == CoreState::Online;
        }
        arch::relax();
    }
    return true;
}

}  // namespace quartet::kernel
