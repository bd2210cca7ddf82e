// SPDX-License-Identifier: MIT

#include <kernel/wait/shared_mutex.hpp>
#include <kernel/wait/steps.hpp>

namespace quartet::kernel {
namespace {

// Relaxed: the thread itself asks, or who ends its wait.
u64 word_of(const Thread& thread) noexcept { return thread.owner_word.load(arch::Order::Relaxed); }

}  // namespace

void SharedMutex::give_locked(Kind kind, const Thread& thread) noexcept {
    if (kind == Kind::Writer) writer_ = word_of(thread);
    else readers_ += 1;
}

bool SharedMutex::let_in_locked(WokenInStep& woken) noexcept {
    for (u32 looked = 0; looked < WaitQueue::most_looks; ++looked) {
        Thread* first = queue_.first_locked();
        if (first == nullptr) return true;
        const Kind kind = *static_cast<const Kind*>(first->wait_request);
        if (!free_for_locked(kind)) return true;
        if (!queue_.claim_locked(*first, WaitResult::Woken)) continue;
        give_locked(kind, *first);
        woken.add(*first);
    }
    return false;
}

// `act` and the first step are one masked stretch: else a thread between the caller and who waits could keep a lock
// from him that is free, and who comes in meanwhile could be the last one and destroy it.
template <typename Act>
Status SharedMutex::let_in_after(Act&& act) noexcept {
    Status status{};
    bool acted = false;
    in_steps([&](const arch::IrqsMasked& masked) {
        WokenInStep woken;
        bool done = false;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            if (!acted) status = act();
            acted = true;
            done = !status || let_in_locked(woken);
        }
        woken.wake(masked);
        return done;
    });
    return status;
}

Status SharedMutex::acquire(ThreadContext& self, Kind kind, Duration timeout) noexcept {
    Thread& thread = self.thread();
    Instant deadline = deadline_of(timeout);
    WaitResult result = WaitResult::None;
    {
        arch::IrqsMasked masked;
        check_may_block(masked);
        {
            sync::LockGuard guard{queue_.lock(), masked};
            if (closed_) return fail(Error::Deleted);
            if (writer_ == word_of(thread)) return fail(Error::Deadlock);
            const Thread* first = queue_.first_locked();
            const bool goes_first = first == nullptr || first->wait_link.priority < thread.priority;
            if (free_for_locked(kind) && goes_first) {
                give_locked(kind, thread);
                return {};
            }
            if (timeout == Duration::zero()) return fail(Error::WouldBlock);
            thread.wait_request = &kind;
            queue_.join_locked(thread);
        }
        result = queue_.wait_and_leave(thread, deadline, masked);
    }
    // Those behind it may have waited for it alone.
    if (ended_early(result)) static_cast<void>(let_in_after([] { return Status{}; }));
    return to_status(result);
}

Status SharedMutex::unlock(ThreadContext& self) noexcept {
    return let_in_after([&]() -> Status {
        if (writer_ != word_of(self.thread())) return fail(Error::NotOwner);
        writer_ = 0;
        return {};
    });
}

Status SharedMutex::unlock_shared(ThreadContext&) noexcept {
    return let_in_after([&]() -> Status {
        if (readers_ == 0) return fail(Error::NotOwner);
        readers_ -= 1;
        return {};
    });
}

void SharedMutex::close() noexcept {
    queue_.end_all(WaitResult::Deleted, [&] { closed_ = true; });
}

}  // namespace quartet::kernel
