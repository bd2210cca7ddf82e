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
#include <arch/handler.hpp>
#include <kernel/sched/balance.hpp>
#include <kernel/sched/boot_scheduler.hpp>
#include <kernel/sched/priority_scheduler.hpp>
#include <kernel/thread/safe_point.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/sched/thread_lock.hpp>
#include <kernel/thread/thread_records.hpp>
#include <kernel/time/tick.hpp>
#include <kernel/trace/trace.hpp>
#include <kernel/wait/wait_queue.hpp>

#include <new>
#include <optional>

namespace quartet::kernel {
namespace {

using Order = arch::Order;

// Made when the scheduler begins: until then they are zeros, which an image need not hold.
union IdleThreads {
    constexpr IdleThreads() : none{} {}
    u8 none;
    Thread threads[max_cores];
};
constinit IdleThreads idle_room;

enum class Left : u8 { ByItself, Preempted };

// Masked, the lock of `core` held: the last steps of the old thread. The switch itself comes next.
[[gnu::always_inline]] inline void leave_for(Core& core, Thread& self, Thread& next, Left how) noexcept {
    u64 now = arch::counter_about();
    self.run_counts += now - core.switched_at;
    self.switches += 1;
    if (how == Left::Preempted) self.preemptions += 1;
    core.switched_at = now;
    core.current = &next;
    core.previous = &self;
    arch::set_thread_pointer(Unsafe{"the next instructions continue as that thread"}, &next);
}

// Masked, `lock` held; it is released by whoever runs next (context.S, or quartet_finish_switch). Returns when `self`
// runs again, perhaps on another core. `next`'s level is published. The last thing that a function does: then it is a jump.
[[gnu::always_inline]] inline void switch_to(QueueLock& lock, Thread& self, Thread& next, Left how) noexcept {
    Core& core = lock.core();
    leave_for(core, self, next, how);
    lock.hand_over();
    arch::switch_thread(Unsafe{"`next` is off its stack, `core` is this one and its queue is locked"}, self.context,
                        next.context, &core);
}

// Who should run here now, if that is another than `self`: then `lock` is held and everything is ready for the
// switch. Else null.
[[gnu::always_inline]] inline Thread* find_better(Thread& self, const arch::IrqsMasked& masked) noexcept {
    for (;;) {
        Core& core = this_core(masked);
        core.reschedule = 0;
        QueueLock lock{core, masked};
        if ((self.affinity & core.bit) == 0 && RunQueue::queued(self)) [[unlikely]] {
            core.queue.remove(self);
            // Whoever resumes it needs this core's lock, and has it when it is off its stack.
            self.state = self.affinity == 0 ? ThreadState::Suspended : ThreadState::Moving;
            if (self.affinity != 0) core.duties |= previous_duty;
        }
        Thread& next = *core.queue.best();
        publish(core, next, lock.held());
        if (&next != &self) {
            if (self.idle && core.tick_at == ~u64{0}) start_tick(core, masked);
            leave_for(core, self, next, Left::Preempted);
            lock.hand_over();
            return &next;
        }
        if (core.duties == no_duties) return nullptr;
        core.duties = no_duties;
        lock.release();
        balance(core, masked);
        if (core.reschedule == 0) return nullptr;
    }
}

void run_best(Thread& self, const arch::IrqsMasked& masked) noexcept {
    if (Thread* next = find_better(self, masked))
        arch::switch_thread(Unsafe{"find_better left it ready, with the queue of this core locked"}, self.context,
                            next->context, &this_core(masked));
}

// The lock of `core` is held. Apart from block_thread, whose usual case so needs no frame.
[[gnu::noinline]] void leave_after_look(Core& core, Thread& self, Thread& next) noexcept {
    QueueLock lock{Unsafe{"the caller handed it over"}, core, QueueLock::Adopt{}};
    publish_slowly(core, next, lock.held());
    switch_to(lock, self, next, Left::ByItself);
}

// The lock of `core` is held. Apart from its caller, which handlers call too, but never as far as here.
[[gnu::noinline]] void run_woken(Thread& self, Thread& woken, Core& core) noexcept {
    QueueLock lock{Unsafe{"the caller handed it over"}, core, QueueLock::Adopt{}};
    switch_to(lock, self, woken, Left::Preempted);
}

// `core` is the running thread's, `thread` is in no queue, and where it was last is `core` too. Where it is bound to that
// core and above what runs there, it runs at once, or as soon as that is allowed, `lock` is released, and the answer is
// true. Else nothing has changed.
[[gnu::always_inline]] inline bool run_here(Thread& self, Core& core, Thread& thread, QueueLock& lock,
                                            const arch::IrqsMasked& masked) noexcept {
    u32 level = u32{thread.priority} + 1;
    // A thread that is bound to this core needs no choice of one, and no other core has to know that it waits. `running`
    // is never below what is in the queue, and above everything before there is a priority scheduler.
    if (thread.affinity != core.bit || level <= core.running.load(Order::Relaxed)) [[unlikely]]
        return false;
    thread.state = ThreadState::Ready;
    core.queue.add_above_all(thread);
    core.running.store(static_cast<Level>(level), Order::Relaxed);
    // At once, where nothing forbids a switch and nothing else is due. If self is bound too, who waits here and could
    // run elsewhere is the same as before.
    u32 obstacles = (self.affinity ^ core.bit) | self.preempt_disabled | core.reschedule;
    if (masked.was_open() && obstacles == 0) [[likely]] {
        lock.hand_over();
        run_woken(self, thread, core);
        return true;
    }
    core.reschedule = 1;
    lock.release();
    // A handler's tail does the rest.
    if (masked.was_open() || !arch::in_handler()) finish_wakes_slowly(masked);
    return true;
}

// The running thread, which wants to run no more, makes way for the next; returns when it runs again. The last thing that
// a function does: then it is a jump.
[[gnu::always_inline]] inline void stop_running(QueueLock& lock, Thread& self) noexcept {
    Core& core = lock.core();
    core.reschedule = 0;  // the best runs
    Thread& next = *core.queue.best();
    if (!publish_quickly(core, next, lock.held())) [[unlikely]] {
        lock.hand_over();
        return leave_after_look(core, self, next);
    }
    switch_to(lock, self, next, Left::ByItself);
}

// What is rare in `wake_and_run`, or another core's affair.
[[gnu::noinline]] void wake_elsewhere(Thread& thread, const arch::IrqsMasked& masked) noexcept {
    scheduler_ops().wake(thread, masked);
    finish_wakes(masked);
}

[[gnu::noinline]] void yield_slowly(Thread& self) noexcept {
    arch::IrqsMasked masked;
    u64 preemptions = 0;
    {
        Core& core = this_core(masked);
        QueueLock lock{core, masked};
        if (core.queue.head(self.priority) == &self) core.queue.rotate(self);
        preemptions = self.preemptions;
    }
    run_best(self, masked);
    QueueLock lock{this_core(masked), masked};
    self.preemptions = preemptions;  // it asked for this switch
}

// Something came before the thread stopped: a wake ends the wait. A priority that changed after the thread went into a
// wait queue found it ready, and left its place there to it. So did who asked it for something that ends its waits; but
// where the wait was ended by somebody else, he is about to wake it, and each wait takes its wake.
[[gnu::noinline]] void block_late(Thread& self, ThreadState state, const arch::IrqsMasked& masked) noexcept {
    u8 asked = 0;
    {
        QueueLock lock{this_core(masked), masked};
        u8 came = self.before_block;
        asked = came & was_asked;
        bool over = (came & wake_came) != 0 || (waits_end(self) && claim_wait(self, WaitResult::Aborted));
        // What was asked is looked at here; what is asked from now on marks it again, or finds it blocked.
        self.before_block = over ? asked : u8{0};
        if (over) return;
    }
    // For a mutex, whoever changed the priority does it.
    if (self.blocked_on == nullptr) static_cast<void>(requeue_waiter(self, masked));
    block_thread(self, state, masked);
    if (asked == 0) return;
    QueueLock lock{this_core(masked), masked};
    self.before_block |= asked;
}

void wake(Thread& thread, const arch::IrqsMasked& masked) noexcept {
    QueueLock lock{thread, masked};
    if (thread.state == ThreadState::Blocked || thread.state == ThreadState::Sleeping) place(thread, lock, masked);
    else thread.before_block |= wake_came;
}

void start(Thread& thread, const arch::IrqsMasked& masked) noexcept {
    QueueLock lock{thread, masked};
    place(thread, lock, masked);
}

void reschedule(Thread& self) noexcept {
    arch::IrqsMasked masked;
    run_best(self, masked);
}

// What is rare in `reschedule_in_tail`, or the boot scheduler's affair.
[[gnu::noinline]] void reschedule_slowly(Thread& self) noexcept { scheduler_ops().reschedule(self); }

void exit(Thread& self) noexcept {
    arch::IrqsMasked masked;
    announce_end(self, masked);
    Core& core = this_core(masked);
    QueueLock lock{core, masked};
    core.queue.remove(self);
    self.state = ThreadState::Dead;
    core.duties |= previous_duty;
    Thread& next = *core.queue.best();
    publish(core, next, lock.held());
    core.reschedule = 0;
    switch_to(lock, self, next, Left::ByItself);
}

// Sleeps until there is something to do. Masked between the look and the sleep: an interrupt that comes in
// between stays pending and ends the sleep at once. Who places a thread here does so before it sends the
// interrupt, and a thread that waits elsewhere was looked for when `running` became 0 (balance.cpp).
[[noreturn]] void idle_loop(Core& core) noexcept {
    for (;;) {
        {
            arch::IrqsMasked masked;
            if (core.reschedule == 0) {
                core.idle_entries += 1;
                arch::wait_for_interrupt(masked);
            }
            finish_wakes(masked);
        }
        // Open here: what is pending is taken.
    }
}

void become_idle(Thread& idle, Core& core, std::span<std::byte> stack) noexcept {
    idle.idle = true;
    idle.priority = idle.base_priority = lowest_priority;
    idle.set_cores(1u << core.id);
    idle.given_affinity = idle.affinity;
    idle.state = ThreadState::Ready;
    idle.stack = stack;
    idle.core.store(&core, Order::Relaxed);
    core.queue.set_idle(idle);
}

void idle_entry(ThreadContext& self, void*) { idle_loop(*self.thread().core.load(Order::Relaxed)); }

}  // namespace

constinit const SchedulerOps priority_scheduler_ops{
    .name = "priority",
    .yield = yield_slowly,
    .block = block_thread,
    .wake = wake,
    .start = start,
    .reschedule = reschedule,
    .exit = exit,
};

void yield_to_equal(Thread& self) noexcept {
    {
        arch::IrqsMasked masked{Unsafe{"a thread that masked them must not yield"}, arch::IrqsMasked::WereOpen{}};
        Core& core = this_core(masked);
        QueueLock lock{core, masked};
        // Relaxed: guarded by the lock.
        Thread* next = self.ring_next.load(Order::Relaxed);
        if (next == &self) return;
        // Equals that may run on the same cores change places: the core's levels stay what they are. If one of higher
        // priority arrived meanwhile, its interrupt is under way.
        if (next != nullptr && next->affinity == self.affinity) [[likely]] {
            core.queue.rotate(self);
            return switch_to(lock, self, *next, Left::ByItself);
        }
    }
    scheduler_ops().yield(self);
}

void block_thread(Thread& self, ThreadState state, const arch::IrqsMasked& masked) noexcept {
    Core& core = this_core(masked);
    QueueLock lock{core, masked};
    // Under the priority scheduler the running thread is in its ring.
    if (!RunQueue::queued(self)) [[unlikely]] {
        lock.release();
        return scheduler_ops().block(self, state, masked);
    }
    if (self.before_block != 0) [[unlikely]] {
        lock.release();
        return block_late(self, state, masked);
    }
    core.queue.remove(self);
    self.state = state;
    stop_running(lock, self);
}

void wake_and_run(Thread& thread, const arch::IrqsMasked& masked) noexcept {
    Thread& self = current_thread();
    Core& core = this_core(masked);
    // Where it is recorded the thread goes the way of all others, which records it.
    if (core.trace == nullptr) [[likely]] {
        // This core's queue, whether or not it is the thread's: it usually is, and then the thread stays here while the
        // lock is held, so that one look is enough.
        QueueLock lock{core, masked};
        if (thread.core.load(Order::Relaxed) == &core && thread.state == ThreadState::Blocked &&
            run_here(self, core, thread, lock, masked)) [[likely]]
            return;
    }
    wake_elsewhere(thread, masked);
}

void reschedule_in_tail(Thread& self, Core& core) noexcept {
    arch::IrqsMasked masked{Unsafe{"the tail of an interrupt calls it, with them masked"},
                            arch::IrqsMasked::WereMasked{}};
    QueueLock lock{core, masked};
    Thread* next = core.queue.best();
    // Nobody is best before there is a priority scheduler. A thread that has to leave this core, an idle core whose tick
    // has stopped, levels that others have to look at: all that begins anew, as if nothing had been done. What
    // publish_quickly has stored is right.
    bool usual = next != nullptr && next != &self && (self.affinity & core.bit) != 0 &&
                 !(self.idle && core.tick_at == ~u64{0}) && publish_quickly(core, *next, lock.held());
    if (!usual) [[unlikely]] {
        lock.release();
        return reschedule_slowly(self);
    }
    switch_to(lock, self, *next, Left::Preempted);
}

namespace {

// What is rare in `start_and_run`, or another core's affair. Where the record was last another core's, whoever lists
// threads has perhaps found it there and looks at it under that core's lock: it sees a record that is free, or looks again
// at the new one. Relaxed: the lock's release says it; and who found it on no core passes it over.
[[gnu::noinline]] void start_slowly(Thread& thread, const arch::IrqsMasked& masked) noexcept {
    Core& core = this_core(masked);
    if (Core* last = thread.core.load(Order::Relaxed); last != &core) {
        std::optional<QueueLock> left;
        if (last != nullptr) left.emplace(*last, masked);
        thread.core.store(&core, Order::Relaxed);
    }
    scheduler_ops().start(thread, masked);
    finish_wakes(masked);
}

}  // namespace

void start_and_run(Thread& thread, const arch::IrqsMasked& masked) noexcept {
    Thread& self = current_thread();
    Core& core = this_core(masked);
    // Relaxed: nobody moves a thread that is not started.
    if (thread.core.load(Order::Relaxed) == &core && core.trace == nullptr) [[likely]] {
        QueueLock lock{core, masked};
        if (run_here(self, core, thread, lock, masked)) return;
    }
    start_slowly(thread, masked);
}

bool resume_and_run(Thread& thread, u32 generation, const arch::IrqsMasked& masked) noexcept {
    Thread& self = current_thread();
    Core& core = this_core(masked);
    QueueLock lock{core, masked};
    // Relaxed: under this lock. A thread that stands still on this core has not ended, and its generation was written
    // before it began.
    const bool usual = thread.core.load(Order::Relaxed) == &core && thread.state == ThreadState::Suspended &&
                       thread.generation.load(Order::Relaxed) == generation && thread.suspensions == 1 &&
                       thread.given_affinity == core.bit && core.trace == nullptr;
    if (!usual) [[unlikely]]
        return false;
    thread.set_cores(core.bit);
    thread.suspensions = 0;
    if (run_here(self, core, thread, lock, masked)) [[likely]]
        return true;
    thread.set_cores(0);
    thread.suspensions = 1;
    return false;
}

bool stand_still(Thread& self, const arch::IrqsMasked& masked) noexcept {
    Core& core = this_core(masked);
    QueueLock lock{core, masked};
    // Relaxed: written under this lock.
    if (!RunQueue::queued(self) || (self.suspensions | self.asked.load(Order::Relaxed)) != 0) [[unlikely]]
        return false;
    core.queue.remove(self);
    self.suspensions = 1;
    self.set_cores(0);
    self.state = ThreadState::Suspended;
    stop_running(lock, self);
    return true;
}

void run_thread(Thread& thread) noexcept {
    arch::unmask_irqs(Unsafe{"the switch that started this thread is finished"});
    ThreadContext self{thread};
    safe_point(self);
    thread.entry(self, thread.argument);
    exit_thread(self);
}

Thread& idle_thread(u32 core) noexcept { return idle_room.threads[core]; }

Status start_priority_scheduler() noexcept {
    arch::IrqsMasked masked;
    Thread& self = current_thread();
    Core& core = this_core(masked);
    for (Core& each : cores) {
        Thread* thread = new (&idle_thread(each.id)) Thread{};
        thread->core.store(&each, Order::Relaxed);
    }
    Thread& idle = idle_thread(core.id);
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
        publish(core, self, lock.held());
        core.duties = no_duties;  // there is no other core yet
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
    Thread& self = idle_thread(number);
    become_idle(self, core, stack);
    name_record(self, "idle0");
    self.name[4] = static_cast<char>('0' + number);
    register_record(self);
    {
        arch::IrqsMasked masked;
        QueueLock lock{core, masked};
        core.current = &self;
        core.switched_at = arch::counter();
        // Its level before its state: a thread that is bound to this core because it is Online must find it able to run
        // threads, or it would stay where it must not be. Who places one here meanwhile waits for the lock.
        publish(core, self, lock.held());
        // Release pairs with the acquire in cores_online: from here on it may be sent interrupts.
        core.state.store(CoreState::Online, Order::Release);
        core.duties = no_duties;
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

// The second half of a switch on a core that has duties, on the stack of the thread that came. Masked, the lock held.
// Where what was balanced asks for one more switch, that is context.S's next step.
extern "C" quartet::arch::NextSwitch quartet_finish_switch() noexcept {
    using namespace quartet::kernel;
    quartet::arch::IrqsMasked masked;  // they are; this is the proof
    Thread& self = current_thread();
    Core& core = this_core(masked);
    // Before the lock is released: from then on the thread may run on another core, and finds its state in its room.
    if (core.simd != 0) put_simd_away(core, *core.previous, masked);
    Thread* previous = core.previous;
    if (core.traced != 0)
        core.trace->put(trace::TraceKind::Switch, self.id,
                        quartet::sync::switch_detail(previous->id, static_cast<quartet::u8>(previous->state)));
    quartet::u16 duties = core.duties;
    ThreadState left_as = previous->state;
    core.duties = no_duties;
    core.lock.release_across_switch(quartet::Unsafe{"taken by the thread that switched to us"});
    if ((duties & previous_duty) != 0) {
        if (left_as == ThreadState::Moving) {
            QueueLock lock{*previous, masked};
            place(*previous, lock, masked);
        } else {
            release_flow(*previous);
        }
    }
    if ((duties & rebalance_duty) != 0) balance(core, masked);
    Thread* next = core.reschedule != 0 ? find_better(self, masked) : nullptr;
    if (next == nullptr) return {nullptr, nullptr};
    return {&self.context, &next->context};
}
