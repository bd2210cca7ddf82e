// SPDX-License-Identifier: MIT

#include <kernel/console/log.hpp>
#include <kernel/sched/thread_lock.hpp>
#include <kernel/wait/lock_chain.hpp>

namespace quartet::kernel {

using Order = arch::Order;

namespace {

constinit arch::Atomic<u64> next_number{0};

// Tells a walk that it goes round: where it stands at each power of two of its steps is a mark, and a ring that is as long
// as the way between two marks, or shorter, leads back to the second.
class Round {
public:
    bool comes_back(const Thread& at) noexcept {
        if (&at == mark_) return true;
        steps_ += 1;
        if ((steps_ & (steps_ - 1)) == 0) mark_ = &at;
        return false;
    }

private:
    const Thread* mark_ = nullptr;
    u32 steps_ = 0;
};

}  // namespace

// The record is this thread's as long as it has not ended, and that is written under the lock.
bool LockChain::copy_name(u64 word, Name& name, const arch::IrqsMasked& masked) noexcept {
    Thread& owner = *Mutex::owner_of(word);
    QueueLock lock{owner, masked};
    if (Mutex::owner_ended(word)) return false;
    for (usize n = 0; n < thread_name_size; ++n) name.text[n] = owner.name[n];
    return true;
}

// Relaxed: what counts is that who draws after he saw a lock released draws a higher one, and one word has one order.
u64 LockChain::number_wait() noexcept { return next_number.fetch_add(1, Order::Relaxed); }

u64 LockChain::owner_locked(Mutex& mutex) noexcept {
    // Relaxed: the word of an owner that others wait for changes under the lock.
    u64 word = mutex.word_.load(Order::Relaxed);
    return word == Mutex::closed || mutex.closing_ || (word != 0 && Mutex::owner_ended(word)) ? 0 : word;
}

Thread* LockChain::owner_seen(const Mutex& mutex) noexcept {
    // Relaxed: nothing of the owner is read but what its record says of itself.
    const u64 word = mutex.word_.load(Order::Relaxed);
    return word == 0 || word == Mutex::closed || Mutex::owner_ended(word) ? nullptr : Mutex::owner_of(word);
}

// Under the thread's run-queue lock what it waits for exists, as queue_of says; the mutex's lock is above that, hence the try.
u64 LockChain::next_owner(Thread& thread, u64 latest, const arch::IrqsMasked& masked) noexcept {
    for (;; arch::relax()) {
        QueueLock lock{thread, masked};
        Mutex* mutex = thread.blocked_on;
        if (mutex == nullptr || thread.blocked_since > latest) return 0;
        // Relaxed: whoever ends the wait needs the run-queue lock before the thread goes on.
        if (thread.wait_result.load(Order::Relaxed) != WaitResult::Waiting) return 0;
        sync::TryLockGuard guard{mutex->queue_.lock(), masked};
        if (guard.taken()) return owner_locked(*mutex);
    }
}

bool LockChain::closes_ring(Thread& self, Thread& owner) noexcept {
    Round round;
    for (Thread* at = &owner; at != &self;) {
        // A ring without `self`: whoever closes it is about to find it.
        if (round.comes_back(*at)) return false;
        arch::IrqsMasked masked;
        u64 word = next_owner(*at, self.blocked_since, masked);
        if (word == 0) return false;
        at = Mutex::owner_of(word);
    }
    return true;
}

void LockChain::for_each_owner(Mutex& mutex, void (*visit)(void* argument, std::string_view name),
                               void* argument) noexcept {
    Round round;
    u64 word = 0;
    {
        sync::IrqLockGuard guard{mutex.queue_.lock()};
        word = owner_locked(mutex);
    }
    while (word != 0) {
        Thread& owner = *Mutex::owner_of(word);
        if (round.comes_back(owner)) return;
        Name name;
        {
            arch::IrqsMasked masked;
            if (!copy_name(word, name, masked)) return;
            word = next_owner(owner, ends_by_itself, masked);
        }
        visit(argument, name.text);
    }
}

Status LockChain::refuse(Thread& self, Mutex& mutex) noexcept {
    log("deadlock: {} is not made to wait, because each of these waits for the next:", thread_name(self));
    for_each_owner(mutex, [](std::string_view name) { log("deadlock: {}", name); });
    return fail(Error::Deadlock);
}

}  // namespace quartet::kernel
