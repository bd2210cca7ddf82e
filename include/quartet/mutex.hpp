// SPDX-License-Identifier: MIT
//
// Mutexes for threads. The owner inherits the highest priority of those who wait for it, and where it waits for another
// mutex itself, so does that one's owner. Unlocking hands the mutex to the first waiter: by priority, equals in order of
// arrival.
//
//     Mutex mutex;
//     …
//     LockGuard guard{mutex, self};   // or LockGuard guard{mutex};
//
// A thread may end while it owns one (`terminate`). What the mutex guards is then perhaps half changed, so whoever gets
// it next is told by Error::OwnerDead, once: it owns the mutex, mends the state, and unlocks as usual.
// A ring of threads each of which waits for the next without a time limit is refused at the call that would close
// it, with Error::Deadlock; the log names them.
//
// Two forms of each call (see context.hpp): with a `ThreadContext&` and a Status, and that of the standard's Lockable,
// without either. Who uses the second has no way to be told of an error: each is a panic that says so.

#pragma once

#include <base/thread_safety.hpp>
#include <kernel/thread/safe_point.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/wait/recursive_mutex.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

namespace detail {

// What Lockable asks for, from what the kernel's mutexes have. `Kernel`: kernel::Mutex or kernel::RecursiveMutex.
template <typename Kernel>
class LockableOf : protected Kernel {
public:
    constexpr LockableOf() = default;

    // Waits until it is free. Errors: Deleted (it is closed), Deadlock (see above; or the caller owns it, and it is not
    // recursive), OwnerDead (it is locked now), Aborted (a stop request ended the wait: StopEndsWaits); of a
    // RecursiveMutex also Busy (it is locked 255 times). Context: thread. Cost: 12 instructions where it is free.
    using Kernel::lock;
    // The same with a time limit. Errors: also Timeout; WouldBlock where the time-out is zero.
    using Kernel::lock_for;
    Status lock_for(Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return lock_for(self, timeout);
    }
    // Without waiting. Errors: WouldBlock, Deleted, OwnerDead. Context: thread, and no handler: that owns nothing.
    using Kernel::try_lock;
    // Errors: NotOwner. Context: the thread that owns it. Cost: 10 instructions where nobody waits.
    using Kernel::unlock;

    // Lockable: every error is a panic, but for Aborted: it waits on. Context: thread. Cost: as above and 4 instructions.
    void lock() noexcept {
        ThreadContext self = this_thread::context();
        const Status locked = lock(self);
        if (!locked.has_value()) [[unlikely]]
            lock_or_stop(self, locked.error());
    }
    // Lockable: whether it is the caller's now. An owner that ended is a panic.
    [[nodiscard]] bool try_lock() noexcept {
        ThreadContext self = this_thread::context();
        const Status locked = try_lock(self);
        check(locked.has_value() || locked.error() != Error::OwnerDead,
              "a mutex that is locked without a look at the result lost its owner");
        return locked.has_value();
    }
    // Lockable: to unlock what another thread owns is a panic.
    void unlock() noexcept {
        ThreadContext self = this_thread::context();
        check(unlock(self).has_value(), "a mutex is unlocked by its owner");
    }

    // Whether the calling thread owns it. Context: thread.
    [[nodiscard]] bool owned(const ThreadContext& self) const noexcept { return Kernel::owned_by(self.thread()); }

    // Every waiter returns with Deleted, and so does every lock from now on. The owner may still unlock. Destroying it while
    // threads wait is a panic: close it before, and let them leave.
    // Context: any, better a thread. Cost: grows with those who wait, in steps; threads above the caller run in between.
    using Kernel::close;

private:
    // Whoever has no way to be told that his wait was ended because he is asked to stop waits on. One who is asked to end
    // has ended.
    [[gnu::noinline]] void lock_or_stop(ThreadContext& self, Error error) noexcept {
        kernel::WaitsKept kept{self};
        check(error == Error::Aborted && lock(self).has_value(),
              "a mutex that is locked without a look at the result was closed, lost its owner, or would never be free");
    }
};

}  // namespace detail

// Owned by one thread, once.
class LOCKABLE("mutex") Mutex : public detail::LockableOf<kernel::Mutex> {
    friend class Condition;
};

// Its owner may lock it again, up to 255 times, and unlocks it as often. After OwnerDead it is locked once.
class LOCKABLE("mutex") RecursiveMutex : public detail::LockableOf<kernel::RecursiveMutex> {};

// Locks `mutex` for the length of a block: a Mutex, a RecursiveMutex, or a SharedMutex for writing. A mutex that cannot be
// had is a panic, as with `lock()`. While it lives the thread is not terminated, and its waits last, but for those that
// are given the guard itself (Condition).
// Context: thread. Cost: lock, unlock, and 6 instructions.
template <typename M>
class SCOPED_GUARD [[nodiscard]] LockGuard {
public:
    explicit LockGuard(M& mutex) noexcept TAKES_LOCK(mutex)
        : self_(this_thread::context()), kept_(self_), mutex_(mutex) {
        take();
    }
    LockGuard(M& mutex, ThreadContext&) noexcept TAKES_LOCK(mutex)
        : self_(ThreadContext::current(Unsafe{"the caller has shown its ThreadContext"})), kept_(self_), mutex_(mutex) {
        take();
    }
    ~LockGuard() RELEASES_LOCK() { check(mutex_.unlock(self_).has_value(), "a mutex is unlocked by its owner"); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

private:
    friend class Condition;

    void take() noexcept {
        check(mutex_.lock(self_).has_value(),
              "a mutex that is locked by a guard was closed, lost its owner, "
              "or would never be free");
    }

    ThreadContext self_;
    kernel::WaitsKept kept_;
    M& mutex_;
};

template <typename M>
LockGuard(M&) -> LockGuard<M>;
template <typename M>
LockGuard(M&, ThreadContext&) -> LockGuard<M>;

}  // namespace quartet
