// SPDX-License-Identifier: MIT
//
// All of it happens under the run-queue lock of the thread's core, under which a thread blocks, is woken and is moved: a
// request comes before a wait begins and is found by `block`, or after, and ends it here. There is no time in between
// in which a thread that is to be suspended or ended could block, or be woken, unseen.
//
// A suspended thread is one that may run on no core. Whoever makes it ready (a wake, a move) looks at that anyway.

#include <kernel/sched/balance.hpp>
#include <kernel/sched/priority_scheduler.hpp>
#include <kernel/sched/scheduler_ops.hpp>
#include <kernel/sched/thread_lock.hpp>
#include <kernel/thread/safe_point.hpp>
#include <kernel/thread/stop_token.hpp>
#include <kernel/thread/thread_control.hpp>
#include <kernel/thread/thread_records.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {
namespace {

using Order = arch::Order;

bool supported() { return &scheduler_ops() == &priority_scheduler_ops; }

enum class Found : u8 { Running, Standing, Ended };

// What `thread`, which was suspended, does: it has not left its core yet; it stands; or it was at its end, from which it is
// not held back.
Found find_suspended(ThreadHandle handle) {
    Thread& thread = *handle.record();
    arch::IrqsMasked masked;
    sync::LockGuard guard{thread.end_lock, masked};
    if (!fresh(thread, handle) || thread.ended) return Found::Ended;
    QueueLock lock{thread, masked};
    return thread.affinity == 0 && lock.core().current == &thread ? Found::Running : Found::Standing;
}

Status ask(ThreadHandle handle, u32 what) {
    if (handle.empty()) return fail(Error::Invalid);
    if (!supported()) return fail(Error::Unsupported);
    Thread& thread = *handle.record();
    arch::IrqsMasked masked;
    {
        sync::LockGuard guard{thread.end_lock, masked};
        if (!fresh(thread, handle) || thread.idle) return fail(Error::Invalid);
        if (thread.ended) return {};
        {
            QueueLock lock{thread, masked};
            // Release pairs with the acquire in StopToken.
            thread.asked.store(thread.asked.load(Order::Relaxed) | what, Order::Release);
            thread.before_block |= was_asked;
            if (what == asked_to_end && thread.suspensions != 0) {
                thread.suspensions = 0;
                allow_cores(thread, thread.given_affinity, lock, masked);
            }
        }
        QueueLock lock{thread, masked};
        bool waits = thread.state == ThreadState::Blocked || thread.state == ThreadState::Sleeping;
        // While it is blocked, and this lock is held, it is in the wait that it announced. Where somebody else has ended
        // that, he is about to wake it.
        if (waits && waits_end(thread) && claim_wait(thread, WaitResult::Aborted)) place(thread, lock, masked);
    }
    finish_wakes(masked);
    return {};
}

}  // namespace

Status suspend(ThreadContext& self, ThreadHandle handle) noexcept {
    if (handle.empty()) return fail(Error::Invalid);
    if (!supported()) return fail(Error::Unsupported);
    Thread& thread = *handle.record();
    {
        arch::IrqsMasked masked;
        check_may_block(masked);
        if (handle != self.handle() || !stand_still(thread, masked)) {
            sync::LockGuard guard{thread.end_lock, masked};
            if (!fresh(thread, handle) || thread.ended || thread.idle) return fail(Error::Invalid);
            QueueLock lock{thread, masked};
            // Relaxed: written under this lock.
            if ((thread.asked.load(Order::Relaxed) & asked_to_end) != 0) return fail(Error::Deleted);
            if (thread.suspensions == most_suspensions) return fail(Error::Busy);
            thread.suspensions += 1;
            if (thread.suspensions == 1) allow_cores(thread, 0, lock, masked);
        }
        finish_wakes(masked);  // where it is the caller, it stands still in here
    }
    if (&thread == &self.thread()) {
        safe_point(self);
        return {};
    }
    // Interrupts are open: two that suspend each other both stop here.
    Found found = find_suspended(handle);
    for (; found == Found::Running; found = find_suspended(handle)) arch::relax();
    return found == Found::Standing ? Status{} : fail(Error::Invalid);
}

Status resume(ThreadHandle handle) noexcept {
    if (handle.empty()) return fail(Error::Invalid);
    Thread& thread = *handle.record();
    arch::IrqsMasked masked;
    if (resume_and_run(thread, handle.generation(), masked)) [[likely]]
        return {};
    {
        sync::LockGuard guard{thread.end_lock, masked};
        if (!fresh(thread, handle) || thread.ended) return fail(Error::Invalid);
        QueueLock lock{thread, masked};
        if (thread.suspensions == 0) return fail(Error::Invalid);
        thread.suspensions -= 1;
        if (thread.suspensions == 0) allow_cores(thread, thread.given_affinity, lock, masked);
    }
    finish_wakes(masked);
    return {};
}

Status terminate(ThreadContext& self, ThreadHandle handle) noexcept {
    if (handle == self.handle()) end_thread(self, {.terminated = true});
    return ask(handle, asked_to_end);
}

Status request_stop(ThreadHandle handle) noexcept { return ask(handle, asked_to_stop); }

void safe_point_slowly(ThreadContext& self) noexcept {
    Thread& thread = self.thread();
    bool end = (thread.asked.load(Order::Relaxed) & asked_to_end) != 0 && thread.waits_kept == 0;
    if (!end) return;
    debug_check(thread.preempt_disabled == 0, "a thread must not end with preemption disabled");
    end_thread(self, {.terminated = true});
}

}  // namespace quartet::kernel
