// SPDX-License-Identifier: MIT
//
// Work that a handler leaves to a thread. An item is the application's, in static storage or in the object that it
// works for; a handler queues it, and the queue's thread calls its function. Queued again before that, it runs once;
// queued while it runs, it runs again.

#pragma once

#include <arch/atomic.hpp>
#include <base/assert.hpp>
#include <base/result.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/wait/semaphore.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::kernel {

class WorkQueue;

class DeferredWork {
public:
    // Context: the queue's thread, which does nothing else meanwhile. It may wait, queue `work` anew, and end its life.
    using Function = void (*)(ThreadContext& self, DeferredWork& work);

    constexpr explicit DeferredWork(Function function, void* argument = nullptr)
        : function_(function), argument_(argument) {}
    ~DeferredWork() { check(!queued(), "an item of work is destroyed that is queued; cancel it before"); }
    DeferredWork(const DeferredWork&) = delete;
    DeferredWork& operator=(const DeferredWork&) = delete;

    void* argument() const noexcept { return argument_; }
    // A snapshot; one that runs is not queued any more.
    bool queued() const noexcept { return queue_.load(arch::Order::Acquire) != nullptr; }

private:
    friend class WorkQueue;

    Function function_;
    void* argument_;

    // Written under the lock of the queue that it names before or after. The links are guarded by that lock.
    arch::Atomic<WorkQueue*> queue_{nullptr};
    DeferredWork* next_ = nullptr;
    DeferredWork* previous_ = nullptr;
};

// Below the threads of interrupts, which are waited for by devices.
inline constexpr u8 work_priority = 20;

class WorkQueue {
public:
    constexpr WorkQueue() = default;
    ~WorkQueue() { check(first_ == nullptr && thread_.empty(), "a queue of work is destroyed that is not stopped"); }
    WorkQueue(const WorkQueue&) = delete;
    WorkQueue& operator=(const WorkQueue&) = delete;

    // Its thread, with the priority and the cores that it is given. What was queued before runs now.
    // Context: thread or boot flow. Errors: Busy (it is started), and those of `spawn`.
    Status start(const ThreadOptions& options = {.name = "work", .priority = work_priority}) noexcept;

    // What is queued is done, then the thread ends; from the beginning of this call on nothing can be queued, until the queue is
    // started again. Context: thread. Errors: Invalid (not started), Deadlock (its own thread).
    Status stop(ThreadContext& self) noexcept;

    // `work` runs behind all that is queued. Where it is queued here already, nothing changes.
    // Context: any, no lock of rank WaitQueue or below held. Cost: a lock, and a wake-up where the thread has nothing to do.
    // Errors: Busy (it is in another queue), Deleted (this one is stopped).
    Status queue(DeferredWork& work) noexcept;

    // Takes `work` out. Returns whether that prevented a run: it was queued, here. One that has begun goes on.
    // Context: any. Cost: a lock.
    bool cancel(DeferredWork& work) noexcept;
    // The same, and when it returns `work` does not run, but where it is called from it. Somebody who queues it meanwhile
    // does so behind this. Context: thread that holds nothing for which `work` waits.
    bool cancel_and_wait(ThreadContext& self, DeferredWork& work) noexcept;

    // Waits until `work` has run, as often as it was asked for before this call; returns at once where it is neither
    // queued here nor runs. The thread keeps its own priority: who is above it waits for what is between the two.
    // Context: thread that holds nothing for which the work waits. Errors: Deadlock (the queue's own thread), Deleted (there is no
    // thread).
    Status flush(ThreadContext& self, DeferredWork& work) noexcept;
    // The same for all that was queued before this call.
    Status flush(ThreadContext& self) noexcept;

private:
    using Lock = sync::SpinLock<sync::LockRank::TimerQueue>;
    struct Marker;

    static void serve(ThreadContext& self, void* queue);

    bool of_this_thread(const ThreadContext& self) const noexcept {
        // Relaxed: only for the thread itself it is true.
        return worker_.load(arch::Order::Relaxed) == &self.thread();
    }
    // Behind `place`, or before all others where that is null.
    void insert_locked(DeferredWork& work, DeferredWork* place) noexcept REQUIRES_LOCK(lock_);
    void remove_locked(DeferredWork& work) noexcept REQUIRES_LOCK(lock_);
    // The next one, which runs from here on; null: there is none.
    DeferredWork* take() noexcept;
    void wait_for(ThreadContext& self, Marker& marker) noexcept;

    enum class State : u8 { New, Starting, Started, Stopping, Stopped };

    Lock lock_;
    DeferredWork* first_ GUARDED_BY(lock_) = nullptr;
    DeferredWork* last_ GUARDED_BY(lock_) = nullptr;
    const DeferredWork* running_ GUARDED_BY(lock_) = nullptr;
    State state_ GUARDED_BY(lock_) = State::New;
    Semaphore wake_{0, 1};  // more than once is as much as once: the thread empties the list
    arch::Atomic<const Thread*> worker_{nullptr};
    ThreadHandle thread_;
};

}  // namespace quartet::kernel
