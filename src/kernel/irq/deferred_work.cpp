// SPDX-License-Identifier: MIT

#include <kernel/irq/deferred_work.hpp>

#include <kernel/thread/safe_point.hpp>

namespace quartet::kernel {

using Order = arch::Order;
using Guard = sync::IrqLockGuard<sync::LockRank::TimerQueue>;

// Stands in the list behind what somebody waits for. It lies on his stack.
struct WorkQueue::Marker : DeferredWork {
    Marker() : DeferredWork(pass) {}
    static void pass(ThreadContext&, DeferredWork& work) {
        static_cast<void>(static_cast<Marker&>(work).passed.give());
    }

    Semaphore passed{0};
};

void WorkQueue::insert_locked(DeferredWork& work, DeferredWork* place) noexcept {
    DeferredWork* behind = place != nullptr ? place->next_ : first_;
    work.previous_ = place;
    work.next_ = behind;
    if (place != nullptr) place->next_ = &work;
    else first_ = &work;
    if (behind != nullptr) behind->previous_ = &work;
    else last_ = &work;
}

void WorkQueue::remove_locked(DeferredWork& work) noexcept {
    if (work.previous_ != nullptr) work.previous_->next_ = work.next_;
    else first_ = work.next_;
    if (work.next_ != nullptr) work.next_->previous_ = work.previous_;
    else last_ = work.previous_;
    // Release pairs with the acquire in `queue`, perhaps of another queue: the links are no longer ours.
    work.queue_.store(nullptr, Order::Release);
}

DeferredWork* WorkQueue::take() noexcept {
    Guard guard{lock_};
    DeferredWork* work = first_;
    if (work != nullptr) remove_locked(*work);
    else if (state_ == State::Stopping) state_ = State::Stopped;
    running_ = work;
    return work;
}

void WorkQueue::serve(ThreadContext& self, void* argument) {
    WorkQueue& queue = *static_cast<WorkQueue*>(argument);
    WaitsKept kept{self};
    queue.worker_.store(&self.thread(), Order::Relaxed);
    for (bool stopped = false; !stopped;) {
        static_cast<void>(queue.wake_.take(self));  // it is never closed, and the wait lasts
        while (DeferredWork* work = queue.take()) work->function_(self, *work);
        Guard guard{queue.lock_};
        stopped = queue.state_ == State::Stopped;
    }
    queue.worker_.store(nullptr, Order::Relaxed);
}

Status WorkQueue::start(const ThreadOptions& options) noexcept {
    {
        Guard guard{lock_};
        if (state_ == State::Starting || state_ == State::Started || state_ == State::Stopping)
            return fail(Error::Busy);
        state_ = State::Starting;
    }
    Result<ThreadHandle> thread = spawn(options, serve, this);
    if (!thread) {
        Guard guard{lock_};
        state_ = State::New;
        return fail(thread.error());
    }
    thread_ = *thread;
    Guard guard{lock_};
    state_ = State::Started;
    return {};
}

Status WorkQueue::stop(ThreadContext& self) noexcept {
    if (of_this_thread(self)) return fail(Error::Deadlock);
    {
        Guard guard{lock_};
        if (state_ != State::Started) return fail(Error::Invalid);
        state_ = State::Stopping;
    }
    static_cast<void>(wake_.give());
    // Whatever is asked of the caller: the thread uses the queue, which may be gone as soon as this returns.
    WaitsKept kept{self};
    static_cast<void>(join(self, thread_));
    thread_ = {};
    return {};
}

// In one masked stretch: a thread between the caller and the queue's would keep the work from it.
Status WorkQueue::queue(DeferredWork& work) noexcept {
    arch::IrqsMasked masked;
    {
        sync::LockGuard guard{lock_, masked};
        if (state_ == State::Stopping || state_ == State::Stopped) return fail(Error::Deleted);
        WorkQueue* where = nullptr;
        // An exchange, as it may be put into another queue at this moment. Acquire pairs with the release in `remove_locked`.
        if (work.queue_.compare_exchange(where, this, Order::Acquire, Order::Relaxed)) insert_locked(work, last_);
        else if (where != this) return fail(Error::Busy);
    }
    // Where it was queued already as well: who did that may be a thread that has not come to this line.
    static_cast<void>(wake_.give());
    return {};
}

bool WorkQueue::cancel(DeferredWork& work) noexcept {
    Guard guard{lock_};
    // Relaxed: under our lock it is ours, or it is not.
    if (work.queue_.load(Order::Relaxed) != this) return false;
    remove_locked(work);
    return true;
}

void WorkQueue::wait_for(ThreadContext& self, Marker& marker) noexcept {
    static_cast<void>(wake_.give());
    // Whatever is asked of the caller: the marker is in the list.
    WaitsKept kept{self};
    static_cast<void>(marker.passed.take(self));
}

bool WorkQueue::cancel_and_wait(ThreadContext& self, DeferredWork& work) noexcept {
    const bool prevented = cancel(work);
    if (of_this_thread(self)) return prevented;
    Marker marker;
    {
        Guard guard{lock_};
        if (running_ != &work) return prevented;
        marker.queue_.store(this, Order::Relaxed);  // nobody else knows it
        insert_locked(marker, nullptr);
    }
    wait_for(self, marker);
    return prevented;
}

Status WorkQueue::flush(ThreadContext& self, DeferredWork& work) noexcept {
    if (of_this_thread(self)) return fail(Error::Deadlock);
    Marker marker;
    {
        Guard guard{lock_};
        if (state_ != State::Started && state_ != State::Stopping) return fail(Error::Deleted);
        const bool queued = work.queue_.load(Order::Relaxed) == this;
        if (!queued && running_ != &work) return {};
        marker.queue_.store(this, Order::Relaxed);
        insert_locked(marker, queued ? &work : nullptr);
    }
    wait_for(self, marker);
    return {};
}

Status WorkQueue::flush(ThreadContext& self) noexcept {
    if (of_this_thread(self)) return fail(Error::Deadlock);
    Marker marker;
    {
        Guard guard{lock_};
        if (state_ != State::Started && state_ != State::Stopping) return fail(Error::Deleted);
        marker.queue_.store(this, Order::Relaxed);
        insert_locked(marker, last_);
    }
    wait_for(self, marker);
    return {};
}

}  // namespace quartet::kernel
