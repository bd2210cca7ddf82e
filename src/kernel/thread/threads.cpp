// SPDX-License-Identifier: MIT
//
// What the rest of the kernel does with threads: start them, wait for their end, change and list them.

#include <arch/code.hpp>
#include <arch/counter.hpp>
#include <arch/glance.hpp>
#include <arch/handler.hpp>
#include <kernel/sched/balance.hpp>
#include <kernel/wait/inheritance.hpp>
#include <kernel/thread/stack_mark.hpp>
#include <kernel/thread/thread_locals.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/sched/thread_lock.hpp>
#include <kernel/thread/thread_records.hpp>
#include <kernel/time/armed_timers.hpp>
#include <kernel/wait/lock_chain.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {
namespace {

using Order = arch::Order;

u32 slice_in_ticks(Duration slice) {
    if (slice == Duration::zero()) slice = default_slice;
    u64 ticks = slice.ns / (1'000'000'000 / ticks_per_second);
    return ticks == 0 ? 1 : ticks > 0xffff'ffff ? 0xffff'ffff : static_cast<u32>(ticks);
}

// Whether one of these cores runs threads.
bool possible(u32 affinity) {
    for (const Core& core : cores) {
        bool online = core.state.load(Order::Acquire) == CoreState::Online;
        if (online && (affinity & (1u << core.id)) != 0) return true;
    }
    return false;
}

// Takes the handle out of use for anybody else.
Status claim_handle(ThreadHandle handle) {
    if (handle.empty()) return fail(Error::Invalid);
    Thread& thread = *handle.record();
    sync::IrqLockGuard guard{thread.end_lock};
    if (!fresh(thread, handle)) return fail(Error::Invalid);
    if (thread.claimed) return fail(Error::Busy);
    thread.claimed = true;
    return {};
}

void fire_sleeper(TimerNode& node) noexcept {
    Thread& thread = *static_cast<Thread*>(node.owner);
    arch::IrqsMasked masked;  // a handler: they are
    if (claim_wait(thread, WaitResult::Timeout)) scheduler_ops().wake(thread, masked);
}

}  // namespace

void adopt_flow(Thread& thread) noexcept {
    thread.timer.fire = fire_sleeper;
    thread.timer.owner = &thread;
    refresh_identity(thread);
}

void prepare_thread(Thread& thread, const ThreadOptions& options, ThreadEntry entry, void* argument) noexcept {
    name_record(thread, options.name);
    thread.priority = thread.base_priority = options.priority;
    thread.set_cores(options.affinity);
    thread.given_affinity = options.affinity;
    thread.slice_ticks = thread.slice_left = slice_in_ticks(options.slice);
    thread.preempt_disabled = thread.preempt_due = 0;
    thread.before_block = 0;
    thread.run_counts = thread.switches = thread.preemptions = thread.migrations = 0;
    thread.held_mutexes.clear();
    thread.suspensions = thread.waits_kept = thread.stop_ends_waits = thread.locals_set = 0;
    thread.end_value = nullptr;
    thread.terminated = thread.stack_marked = false;
    thread.on_fault = options.on_fault;
    // Release pairs with the acquire in StopToken: who reads it finds the new generation.
    thread.asked.store(0, Order::Release);
    thread.deadline_misses.store(0, Order::Relaxed);
    thread.wait_result.store(WaitResult::None, Order::Relaxed);
    adopt_flow(thread);
    thread.entry = entry;
    thread.argument = argument;
    // Relaxed: published with the thread, by the run-queue lock. One for its flow, one for the handle.
    thread.references.store(2, Order::Relaxed);
    thread.simd_used = 0;
    arch::prepare_context(Unsafe{"the stack is this record's own and not in use"}, thread.context,
                          {thread.stack.data(), thread.stack.size() - sizeof(arch::SimdState)}, enter_thread, &thread);
}

namespace {

// `prepare(thread)` fills the record, whose stack is ready.
template <typename Prepare>
[[gnu::always_inline]] inline Result<ThreadHandle> spawn_prepared(const ThreadOptions& options, ThreadEntry entry,
                                                                  Prepare prepare) noexcept {
    check(!arch::in_handler(), "a handler must not start a thread");
    if (!arch::is_code(entry) || options.priority >= priority_count) return fail(Error::Invalid);
    if (options.stack_size < smallest_stack || options.stack_size > largest_stack || !possible(options.affinity))
        return fail(Error::Invalid);
    if (options.stack_size % stack_alignment != 0) return fail(Error::Invalid);
    Thread& thread = *TRY(take_record(align_up(options.stack_size, page_size)));
    // Before the first frame.
    if (options.measure_stack) paint_stack(thread);
    prepare(thread);
    thread.stack_marked = options.measure_stack;
    ThreadHandle handle{thread, thread.generation.load(Order::Relaxed)};
    arch::IrqsMasked masked;
    start_and_run(thread, masked);
    return handle;
}

}  // namespace

Result<ThreadHandle> spawn(const ThreadOptions& options, ThreadEntry entry, void* argument) noexcept {
    return spawn_prepared(options, entry, [&](Thread& thread) { prepare_thread(thread, options, entry, argument); });
}

Result<ThreadHandle> spawn_keeping(const ThreadOptions& options, ThreadEntry entry,
                                   const KeptArgument& object) noexcept {
    // Where it begins is as aligned as it needs, and where the frames begin below it is as aligned as a stack.
    const usize align = object.align > stack_alignment ? object.align : stack_alignment;
    if (object.size > options.stack_size / 4 || align > options.stack_size / 4) return fail(Error::Invalid);
    return spawn_prepared(options, entry, [&](Thread& thread) {
        const uptr bottom = __builtin_bit_cast(uptr, thread.stack.data());
        const uptr top = bottom + thread.stack.size() - sizeof(arch::SimdState);
        const usize place = align_down(top - object.size, align) - bottom;
        std::byte* const kept = &thread.stack[place];
        prepare_thread(thread, options, entry, kept);
        // Once more, where the frames really begin.
        arch::prepare_context(Unsafe{"the stack is this record's own and not in use"}, thread.context,
                              {thread.stack.data(), place}, enter_thread, &thread);
        object.move(kept, object.from);
        thread.destroy_argument = object.destroy;
        thread.locals_set = argument_kept;
    });
}

void end_thread(ThreadContext& self, ThreadEnd end) noexcept {
    Thread& thread = self.thread();
    check(thread.waits_kept == 0,
          "a thread must not end where others rely on it: in a callback or with a guard in its hands");
    while (EndAction* action = thread.at_end) {
        thread.at_end = action->outer;
        action->work(action->argument);
    }
    if (thread.locals_set != 0) [[unlikely]]
        destroy_locals(self);
    thread.end_value = end.value;
    thread.terminated = end.terminated;
    abandon_mutexes(thread);
    scheduler_ops().exit(thread);
    check(false, "a thread that ended does not run again");
    __builtin_unreachable();
}

Result<ThreadEnd> join_end(ThreadContext& self, ThreadHandle handle, Duration timeout) noexcept {
    if (handle == self.handle()) return fail(Error::Invalid);
    TRY(claim_handle(handle));
    Thread& thread = *handle.record();
    Thread& waiter = self.thread();
    Instant deadline = deadline_of(timeout);
    {
        arch::IrqsMasked masked;
        check_may_block(masked);
        bool wait = false;
        {
            sync::LockGuard guard{thread.end_lock, masked};
            wait = !thread.ended;
            if (wait) {
                waiter.wait_result.store(WaitResult::Waiting, Order::Relaxed);
                waiter.waits_since = arch::counter_about();
                thread.joiner = &waiter;
            }
        }
        WaitResult result = wait ? WaitQueue::wait(waiter, deadline, masked) : WaitResult::Woken;
        if (ended_early(result)) {
            bool ended = false;
            {
                sync::LockGuard guard{thread.end_lock, masked};
                ended = thread.ended;
                if (!ended) {
                    thread.joiner = nullptr;
                    thread.claimed = false;
                }
            }
            if (!ended) return fail(to_status(result).error());
        }
    }
    // It has said goodbye and is masked until it is off its stack: a few instructions, perhaps of another core.
    // Acquire pairs with the release in release_flow.
    while (thread.references.load(Order::Acquire) != 1) arch::relax();
    ThreadEnd end{thread.end_value, thread.terminated};
    recycle_record(thread);
    return end;
}

Status join(ThreadContext& self, ThreadHandle handle, Duration timeout) noexcept {
    Result<ThreadEnd> end = join_end(self, handle, timeout);
    return end ? Status{} : fail(end.error());
}

Status detach(ThreadHandle handle) noexcept {
    check(!arch::in_handler(), "a handler must not detach a thread");
    if (Status claimed = claim_handle(handle); !claimed) return claimed;
    release_flow(*handle.record());
    return {};
}

void sleep_until(ThreadContext& self, Instant time) noexcept {
    Thread& thread = self.thread();
    arch::IrqsMasked masked;
    check_may_block(masked);
    // Relaxed: the timer that is armed next ends this wait, or who asks the thread to stop, under its run-queue lock.
    thread.wait_result.store(WaitResult::Waiting, Order::Relaxed);
    arm_timer(thread.timer, time, masked);
    block_thread(thread, ThreadState::Sleeping, masked);
    if (thread.wait_result.load(Order::Relaxed) != WaitResult::Aborted) [[likely]]
        return;
    cancel_timer(thread.timer, masked);
    static_cast<void>(to_status(WaitResult::Aborted));  // the end, where it was asked to end
}

void sleep_for(ThreadContext& self, Duration duration) noexcept {
    if (duration == Duration::zero()) return yield(self);
    sleep_until(self, after(now(), duration));
}

Status set_priority(ThreadHandle handle, u8 priority) noexcept {
    if (priority >= priority_count || handle.empty()) return fail(Error::Invalid);
    Thread& thread = *handle.record();
    {
        arch::IrqsMasked masked;
        sync::LockGuard guard{thread.end_lock, masked};
        if (!fresh(thread, handle) || thread.idle) return fail(Error::Invalid);
        QueueLock lock{thread, masked};
        thread.base_priority = priority;
        Core& core = lock.core();
        bool due = apply_priority(thread, lock, AmongEquals::Last);
        lock.release();
        if (due) kick(core, masked);
    }
    follow_priority(thread);
    return {};
}

Result<u8> priority_of(ThreadHandle handle) noexcept {
    if (handle.empty()) return fail(Error::Invalid);
    Thread& thread = *handle.record();
    arch::IrqsMasked masked;
    sync::LockGuard guard{thread.end_lock, masked};
    if (!fresh(thread, handle)) return fail(Error::Invalid);
    QueueLock lock{thread, masked};
    return thread.priority;
}

Status set_affinity(ThreadHandle handle, u32 affinity) noexcept {
    if ((affinity & every_core) == 0 || !possible(affinity) || handle.empty()) return fail(Error::Invalid);
    Thread& thread = *handle.record();
    arch::IrqsMasked masked;
    {
        sync::LockGuard guard{thread.end_lock, masked};
        if (!fresh(thread, handle) || thread.idle) return fail(Error::Invalid);
        QueueLock lock{thread, masked};
        thread.given_affinity = affinity;
        if (thread.suspensions == 0) allow_cores(thread, affinity, lock, masked);
    }
    finish_wakes(masked);
    return {};
}

namespace {

// What `thread` waits for exists as long as its run-queue lock is held, as it is here; who owns that may end meanwhile, but
// its record is there for good.
void put_wait(Thread& thread, ThreadInfo& info) noexcept {
    if (thread.state != ThreadState::Blocked) return;
    // Who waits for a thread's end is in no queue; nor is who was taken out of one, and is about to be woken.
    const WaitQueue* queue = queue_of(thread);
    info.waits_since = thread.waits_since;
    if (queue == nullptr) return;
    info.waits_for = queue->kind();
    info.waits_at = queue;
    if (info.waits_for == WaitKind::Mutex) info.waits_on = LockChain::owner_seen(*thread.blocked_on);
}

// Whose end `waiter` waits for; null: it does not.
Thread* joined_by(const Thread& waiter) noexcept {
    for (Thread* at = first_record(); at != nullptr; at = record_behind(*at)) {
        constexpr Unsafe why{"it is compared with what this thread is, and never followed"};
        if (arch::glance(why, at->joiner) == &waiter) return at;
    }
    return nullptr;
}

}  // namespace

bool look_at_thread(Thread& thread, ThreadInfo& info) noexcept {
    info = {};
    {
        // One that was never started is on no core, and has no lock. Relaxed: the core is no object that is made
        // meanwhile, and what is read of the thread is read under locks. What `spawn` wrote is complete where
        // the state is another than Free: Ready is written under the run-queue lock of the core that is found
        // here, or of one that it went to later, and Free under `end_lock`.
        if (thread.core.load(Order::Relaxed) == nullptr) return false;
        arch::IrqsMasked masked;
        sync::LockGuard guard{thread.end_lock, masked};
        QueueLock lock{thread, masked};
        if (thread.state == ThreadState::Free) return false;
        Core& core = lock.core();
        info.id = thread.id;
        for (usize n = 0; n < thread_name_size; ++n) info.name[n] = thread.name[n];
        info.priority = thread.priority;
        info.base_priority = thread.base_priority;
        info.state = thread.state;
        info.running = core.current == &thread;
        info.idle = thread.idle;
        info.core = core.id;
        info.affinity = thread.given_affinity;
        info.run_counts = thread.run_counts;
        if (info.running) info.run_counts += now().counts - core.switched_at;
        info.switches = thread.switches + (info.running ? 1 : 0);  // counted when it ends
        info.deadline_misses = thread.deadline_misses.load(Order::Relaxed);
        info.stack = thread.stack;
        info.simd = thread.simd_used != 0;
        put_wait(thread, info);
    }
    info.record = &thread;
    if (info.state == ThreadState::Blocked && info.waits_for == WaitKind::Nothing) {
        info.waits_on = joined_by(thread);
        if (info.waits_on != nullptr) info.waits_for = WaitKind::Thread;
    }
    return true;
}

void for_each_thread(void (*visit)(void* argument, const ThreadInfo& info), void* argument) noexcept {
    for (Thread* at = first_record(); at != nullptr; at = record_behind(*at)) {
        ThreadInfo info;
        if (look_at_thread(*at, info)) visit(argument, info);
    }
}

}  // namespace quartet::kernel
