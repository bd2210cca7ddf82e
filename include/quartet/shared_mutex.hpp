// SPDX-License-Identifier: MIT
//
// A reader-writer lock: many threads share it, or one has it alone. Whoever waits is served by priority, equals in order of
// arrival, readers and writers in one line. A reader goes in beside other readers only if nobody of its priority or a
// higher one waits.
//
// The writer is known, unlocks it himself, and learns it if he asks for it again. Readers are counted and not known: a
// reader that locks it again may wait behind a writer who waits for him, one that wants to write waits for itself, and a
// thread that ends as a reader or a writer leaves it locked (the guards prevent that). No priority is lent: where the
// one who waits is urgent and the section long, take a Mutex.
//
//     LockGuard writing{mutex, self};         // mutex.hpp
//     SharedLockGuard reading{mutex, self};

#pragma once

#include <base/thread_safety.hpp>
#include <kernel/thread/safe_point.hpp>
#include <kernel/wait/shared_mutex.hpp>
#include <quartet/context.hpp>
#include <quartet/mutex.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

class LOCKABLE("mutex") SharedMutex : private kernel::SharedMutex {
    using Kernel = kernel::SharedMutex;

public:
    constexpr SharedMutex() = default;

    // Waits until nobody has it. Errors: Deadlock (the caller is the writer), Deleted (it is closed), Aborted (a stop request
    // ended the wait: StopEndsWaits). Context: thread.
    using Kernel::lock;
    // The same with a time limit. Errors: also Timeout; WouldBlock where the time-out is zero.
    using Kernel::lock_for;
    // Errors: WouldBlock, Deadlock, Deleted. Context: thread.
    using Kernel::try_lock;
    // Errors: NotOwner. Context: the writer. Cost: grows with the readers that it lets in, in steps.
    using Kernel::unlock;

    // As the four above, beside other readers: waits until no writer has it, and nobody of the caller's priority or a
    // higher one waits. Error of `unlock_shared`: NotOwner (nobody reads).
    using Kernel::lock_shared;
    using Kernel::lock_shared_for;
    using Kernel::try_lock_shared;
    using Kernel::unlock_shared;

    // The standard's SharedLockable: every error is a panic, but for Aborted: it waits on. Context: thread.
    void lock() noexcept {
        ThreadContext self = this_thread::context();
        const Status locked = lock(self);
        if (!locked.has_value()) [[unlikely]]
            lock_or_stop(locked.error(), [&] { return lock(self); }, self);
    }
    // Whether it is the caller's now. Context: thread.
    [[nodiscard]] bool try_lock() noexcept {
        ThreadContext self = this_thread::context();
        return try_lock(self).has_value();
    }
    void unlock() noexcept {
        ThreadContext self = this_thread::context();
        check(unlock(self).has_value(), "a shared mutex is unlocked by its writer");
    }
    void lock_shared() noexcept {
        ThreadContext self = this_thread::context();
        const Status locked = lock_shared(self);
        if (!locked.has_value()) [[unlikely]]
            lock_or_stop(locked.error(), [&] { return lock_shared(self); }, self);
    }
    [[nodiscard]] bool try_lock_shared() noexcept {
        ThreadContext self = this_thread::context();
        return try_lock_shared(self).has_value();
    }
    void unlock_shared() noexcept {
        ThreadContext self = this_thread::context();
        check(unlock_shared(self).has_value(), "a shared mutex is unlocked by a reader");
    }

    // Every waiter returns with Deleted, and so does every lock from now on. Who has it may still unlock it. Destroying it
    // while threads wait is a panic. Context: any, better a thread. Cost: grows with those who wait, in steps.
    using Kernel::close;

private:
    // As LockableOf's.
    template <typename Lock>
    [[gnu::noinline]] static void lock_or_stop(Error error, Lock&& lock, ThreadContext& self) noexcept {
        kernel::WaitsKept kept{self};
        check(error == Error::Aborted && lock().has_value(),
              "a shared mutex that is locked without a look at the result was closed, or is locked twice");
    }
};

// Reads for the length of a block; LockGuard writes. A lock that cannot be had is a panic. While it lives the thread is
// not terminated, and its waits last. Context: thread.
template <typename M>
class [[nodiscard]] SharedLockGuard {
public:
    explicit SharedLockGuard(M& mutex) noexcept : self_(this_thread::context()), kept_(self_), mutex_(mutex) { take(); }
    SharedLockGuard(M& mutex, ThreadContext&) noexcept
        : self_(ThreadContext::current(Unsafe{"the caller has shown its ThreadContext"})), kept_(self_), mutex_(mutex) {
        take();
    }
    ~SharedLockGuard() { check(mutex_.unlock_shared(self_).has_value(), "a shared mutex is unlocked by a reader"); }
    SharedLockGuard(const SharedLockGuard&) = delete;
    SharedLockGuard& operator=(const SharedLockGuard&) = delete;

private:
    void take() noexcept {
        check(mutex_.lock_shared(self_).has_value(),
              "a shared mutex that is locked by a guard was closed, or is locked twice");
    }

    ThreadContext self_;
    kernel::WaitsKept kept_;
    M& mutex_;
};

template <typename M>
SharedLockGuard(M&) -> SharedLockGuard<M>;
template <typename M>
SharedLockGuard(M&, ThreadContext&) -> SharedLockGuard<M>;

}  // namespace quartet
