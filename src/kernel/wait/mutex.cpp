// SPDX-License-Identifier: MIT
//
// The cases in which somebody waits, or has to. A word with an owner and the `more` bit changes under the
// queue's lock alone: the free cases of the header do not fit it.

#include <arch/counter.hpp>
#include <kernel/sched/thread_lock.hpp>
#include <kernel/thread/thread_word.hpp>
#include <kernel/trace/trace.hpp>
#include <kernel/wait/inheritance.hpp>
#include <kernel/wait/lock_chain.hpp>
#include <kernel/wait/mutex.hpp>

namespace quartet::kernel {

namespace {

// The wait for a mutex is over, and others no longer find it by the thread.
void forget_wait(Thread& thread, const arch::IrqsMasked& masked) noexcept {
    QueueLock own{thread, masked};
    thread.blocked_on = nullptr;
}

}  // namespace

Thread* Mutex::owner_of(u64 word) noexcept { return thread_of_word(word); }

Status Mutex::lock_slowly(ThreadContext& self, Duration timeout) noexcept {
    Thread& thread = self.thread();
    const u64 mine = word_of(thread);
    const Instant deadline = deadline_of(timeout);
    const bool for_good = deadline == Instant::never();
    if (for_good && owned_by(thread)) {
        {
            sync::IrqLockGuard guard{queue_.lock()};
            if (closing_) return fail(Error::Deleted);
        }
        return LockChain::refuse(thread, *this);
    }

    Thread* owner = nullptr;
    {
        arch::IrqsMasked masked;
        check_may_block(masked);
        sync::LockGuard guard{queue_.lock(), masked};
        u64 word = word_.load(Order::Relaxed);
        for (;;) {
            if (word == closed || closing_) return fail(Error::Deleted);
            // Where others wait, the owner's end is about to give it to the first of them.
            if (word != 0 && inherited() == 0 && owner_ended(word)) {
                // Without the `more` bit the owner needs no lock to give it back: it may have, after the look at the word, and
                // ended since. Where the word is still the same it did not. Relaxed: see owner_ended for what it wrote.
                if (!word_.compare_exchange(word, mine, Order::Relaxed, Order::Relaxed)) continue;
                return fail(Error::OwnerDead);
            }
            if (word != 0 && timeout == Duration::zero()) return fail(Error::WouldBlock);
            // Acquire pairs with the release in `unlock`, where it was freed meanwhile.
            u64 wanted = word == 0 ? mine : word | more;
            if (!word_.compare_exchange(word, wanted, Order::Acquire, Order::Relaxed)) continue;
            if (wanted == mine) return {};
            break;
        }
        join_locked(thread, deadline, masked);
        Lent lent = inherit_locked(queue_, word, masked);
        if (lent == Lent::OwnerEnded) {
            // It ended after the look above.
            forget_wait(thread, masked);
            queue_.leave_locked(thread);
            thread.wait_result.store(WaitResult::None, Order::Relaxed);
            // Relaxed: nobody but a holder of this lock changes the word of an owner that others wait for.
            word_.store(mine, Order::Relaxed);
            return fail(Error::OwnerDead);
        }
        if (lent == Lent::OwnerMayWait) owner = owner_of(word);
    }
    // Announced: who unlocks from here on hands over, even before this thread has stopped; `wait` then returns at once. So
    // the steps along the chain may leave interrupts open in between.
    if (owner != nullptr) {
        // Where the wait was ended meanwhile there is no ring: `wait` tells how.
        if (for_good && LockChain::closes_ring(thread, *owner) && claim_wait(thread, WaitResult::None)) {
            leave(thread);
            return LockChain::refuse(thread, *this);
        }
        follow_priority(*owner);
    }
    WaitResult result = WaitResult::None;
    trace::point(trace::TraceKind::WaitBegins, trace::lower_half(this), 1);
    {
        arch::IrqsMasked masked;
        result = WaitQueue::wait(thread, deadline, masked);
        if (taken_out(result)) forget_wait(thread, masked);
    }
    trace::point(trace::TraceKind::WaitEnds, trace::lower_half(this), 1);
    if (!taken_out(result)) leave(thread);
    // Woken: unlock made this thread the owner. OwnerDead: the owner's end did.
    return to_status(result);
}

// Under the thread's run-queue lock, so that whoever changes its priority later finds what it waits for, and this
// sees whatever was changed before.
void Mutex::join_locked(Thread& thread, Instant deadline, const arch::IrqsMasked& masked) noexcept {
    QueueLock own{thread, masked};
    queue_.join_locked(thread);
    thread.blocked_on = this;
    thread.waits_since = arch::counter_about();
    thread.blocked_since = deadline == Instant::never() ? LockChain::number_wait() : LockChain::ends_by_itself;
}

// The thread is in the list until it leaves it here, and so the mutex exists: for those too who find it by the thread,
// whose lock they hold.
void Mutex::leave(Thread& thread) noexcept {
    Thread* owner = nullptr;
    {
        sync::IrqLockGuard guard{queue_.lock()};
        forget_wait(thread, guard.masked());
        queue_.leave_locked(thread);
        owner = lend_anew_locked(queue_, guard.masked());
    }
    finish_wakes(arch::IrqsMasked{});
    if (owner != nullptr) follow_priority(*owner);
}

Status Mutex::unlock_slowly(ThreadContext& self) noexcept {
    Thread& thread = self.thread();
    if (!owned_by(thread)) return fail(Error::NotOwner);
    for (;;) {
        arch::IrqsMasked masked;
        Thread* next = nullptr;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            next = queue_.claim_first_locked(WaitResult::Woken);
            if (next == nullptr && !queue_.empty_locked()) continue;
            if (inherited() != 0) static_cast<void>(lend_priority(word_of(thread), *this, 0, masked));
            hand_over_locked(next, 0, masked);
        }
        // After the lock: the new owner may unlock and destroy the mutex.
        if (next != nullptr) wake_and_run(*next, masked);
        else finish_wakes(masked);
        return {};
    }
}

void Mutex::hand_over_locked(Thread* next, u64 left, const arch::IrqsMasked& masked) noexcept {
    if (next == nullptr) {
        // Release pairs with the acquire in `lock`.
        word_.store(closing_ ? closed : left, Order::Release);
        return;
    }
    u64 word = queue_.empty_locked() ? word_of(*next) : word_of(*next) | more;
    // Relaxed: the wake, under the run-queue lock, shows the new owner what the last one wrote, and its own unlock passes it on.
    word_.store(word, Order::Relaxed);
    static_cast<void>(inherit_locked(queue_, word, masked));  // the new owner waits to be woken: it has not ended
}

Lent Mutex::inherit_locked(WaitQueue& queue, u64 word, const arch::IrqsMasked& masked) noexcept {
    const Thread* first = queue.first_locked();
    Level level = first != nullptr ? level_of(first->wait_link.priority) : Level{0};
    return level == inherited() ? Lent::OwnerMayWait : lend_priority(word, *this, level, masked);
}

Thread* Mutex::lend_anew_locked(WaitQueue& queue, const arch::IrqsMasked& masked) noexcept {
    u64 word = word_.load(Order::Relaxed);
    // An owner that has ended is on its way here, or there is nobody left to find.
    if (word == 0 || word == closed || closing_) return nullptr;
    return inherit_locked(queue, word, masked) == Lent::OwnerMayWait ? owner_of(word) : nullptr;
}

void Mutex::close() noexcept {
    Thread* owner = nullptr;
    {
        arch::IrqsMasked masked;
        Thread* first = nullptr;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            closing_ = true;
            for (u64 word = word_.load(Order::Relaxed);;) {
                if (word == closed) break;
                // Free: closed at once. Owned: the bit sends the owner's unlock here.
                u64 wanted = word == 0 ? closed : word | more;
                if (!word_.compare_exchange(word, wanted, Order::AcqRel, Order::Relaxed)) continue;
                if (word != 0 && inherited() != 0 && lend_priority(word, *this, 0, masked) == Lent::OwnerMayWait)
                    owner = owner_of(word);
                break;
            }
            first = queue_.part_all_locked(WaitResult::Deleted);
        }
        queue_.wake_parted(first, masked);
    }
    // The last of them may have destroyed the mutex by now; a thread's record is never freed.
    if (owner != nullptr) follow_priority(*owner);
}

}  // namespace quartet::kernel
