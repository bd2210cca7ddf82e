// SPDX-License-Identifier: MIT
//
// A reader-writer lock: many threads share it, or one has it alone. Whoever waits is served by priority, equals in order of
// arrival, readers and writers in one line. A reader goes in beside other readers only if nobody of its priority or a
// higher one waits: so a writer waits for those who read when it came and for who is more important, and for nobody else.
//
// Who owns it: the writer is known, unlocks it himself, and learns it if he asks for it again. Readers are counted and not
// known: a reader that locks it again may wait behind a writer who waits for him, one that wants to write waits for
// itself, and a thread that ends as a reader or a writer leaves it locked. No priority is lent: where the one who
// waits is urgent and the section long, take a Mutex.

#pragma once

#include <base/assert.hpp>
#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/thread/safe_point.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

class WokenInStep;

class SharedMutex {
public:
    constexpr SharedMutex() = default;

    // Waits until nobody has it. Errors: Deadlock (the caller is the writer), Deleted, Timeout; WouldBlock where the timeout is zero.
    // Context: thread.
    Status lock(ThreadContext& self) noexcept { return lock_for(self, Duration::forever()); }
    Status lock_for(ThreadContext& self, Duration timeout) noexcept { return acquire(self, Kind::Writer, timeout); }
    Status try_lock(ThreadContext& self) noexcept { return lock_for(self, Duration::zero()); }
    // Errors: NotOwner. Context: thread. Cost: grows with the readers that it lets in, in bounded steps.
    Status unlock(ThreadContext& self) noexcept;

    // Waits until no writer has it, and nobody of the caller's priority or a higher one waits. Errors: as `lock`.
    Status lock_shared(ThreadContext& self) noexcept { return lock_shared_for(self, Duration::forever()); }
    Status lock_shared_for(ThreadContext& self, Duration timeout) noexcept {
        return acquire(self, Kind::Reader, timeout);
    }
    Status try_lock_shared(ThreadContext& self) noexcept { return lock_shared_for(self, Duration::zero()); }
    // Errors: NotOwner (nobody reads). Context: thread.
    Status unlock_shared(ThreadContext& self) noexcept;

    // Every waiter returns with Deleted, and so does every lock from now on. Who has it may still unlock it.
    // Context and cost: as WaitQueue::wake_parted.
    void close() noexcept;

private:
    enum class Kind : u8 { Reader, Writer };

    Status acquire(ThreadContext& self, Kind kind, Duration timeout) noexcept;
    // Whether `kind` may have it as it is, but for those who wait.
    bool free_for_locked(Kind kind) noexcept REQUIRES_LOCK(queue_.lock()) {
        return writer_ == 0 && (kind == Kind::Reader || readers_ == 0);
    }
    void give_locked(Kind kind, const Thread& thread) noexcept REQUIRES_LOCK(queue_.lock());
    // Lets in the first of those who wait, and where that is a reader, the readers behind it. Returns whether that is all.
    bool let_in_locked(WokenInStep& woken) noexcept REQUIRES_LOCK(queue_.lock());
    // What `act` changes lets in whom it may.
    template <typename Act>
    Status let_in_after(Act&& act) noexcept;

    u64 writer_ = 0;  // its owner word
    u32 readers_ = 0;
    bool closed_ = false;
    WaitQueue queue_{WaitKind::SharedMutex};
};

// Context: thread. A lock that cannot be had is a bug of whoever closed it. While one of these lives the thread is not
// terminated, and its waits last.
class [[nodiscard]] WriteGuard {
public:
    WriteGuard(SharedMutex& mutex, ThreadContext& self) noexcept : kept_(self), mutex_(mutex), self_(self) {
        check(mutex_.lock(self_).has_value(), "a shared mutex was closed, or is locked twice");
    }
    ~WriteGuard() { check(mutex_.unlock(self_).has_value(), "a shared mutex is unlocked by its writer"); }
    WriteGuard(const WriteGuard&) = delete;
    WriteGuard& operator=(const WriteGuard&) = delete;

private:
    WaitsKept kept_;
    SharedMutex& mutex_;
    ThreadContext& self_;
};

class [[nodiscard]] ReadGuard {
public:
    ReadGuard(SharedMutex& mutex, ThreadContext& self) noexcept : kept_(self), mutex_(mutex), self_(self) {
        check(mutex_.lock_shared(self_).has_value(), "a shared mutex was closed, or is locked twice");
    }
    ~ReadGuard() { check(mutex_.unlock_shared(self_).has_value(), "a shared mutex is unlocked by a reader"); }
    ReadGuard(const ReadGuard&) = delete;
    ReadGuard& operator=(const ReadGuard&) = delete;

private:
    WaitsKept kept_;
    SharedMutex& mutex_;
    ThreadContext& self_;
};

}  // namespace quartet::kernel
