// SPDX-License-Identifier: MIT
//
// While no set is under way, nobody is in the list whom the flags would satisfy. A set breaks that and walks over
// the list to mend it; flags only vanish during the walk, so whom it has passed it need not look at again.

#include <kernel/wait/event_flags.hpp>
#include <kernel/wait/steps.hpp>

namespace quartet::kernel {

void EventFlags::serve_some_locked(WokenInStep& woken) noexcept {
    for (u32 looked = 0; looked < WaitQueue::most_looks; ++looked) {
        Thread* thread = queue_.walk_on_locked();
        if (thread == nullptr) return;
        // Who is in the list has not returned from its wait, even if that has timed out: the request is there.
        Request& request = *static_cast<Request*>(thread->wait_request);
        if (match_locked(request.want) == 0) continue;
        if (!queue_.claim_locked(*thread, WaitResult::Woken)) continue;
        request.got = take_locked(request.want);
        woken.add(*thread);
    }
    if (flags_ == 0) queue_.end_walk_locked();
}

template <typename Step>
void EventFlags::in_locked_steps(Step&& step) noexcept {
    in_steps([&](const arch::IrqsMasked& masked) {
        WokenInStep woken;
        bool done = false;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            done = step(woken);
        }
        woken.wake(masked);
        return done;
    });
}

template <typename Act>
void EventFlags::in_turn(Act&& act) noexcept {
    in_locked_steps([&](WokenInStep& woken) REQUIRES_LOCK(queue_.lock()) {
        if (queue_.walking_locked()) {
            serve_some_locked(woken);
            return false;
        }
        act();
        return true;
    });
}

Result<u32> EventFlags::try_wait(const EventWant& want) noexcept {
    if (want.mask == 0) return fail(Error::Invalid);
    Result<u32> result = fail(Error::WouldBlock);
    in_turn([&]() REQUIRES_LOCK(queue_.lock()) {
        if (closed_) result = fail(Error::Deleted);
        else if (u32 got = take_locked(want); got != 0) result = got;
    });
    return result;
}

Result<u32> EventFlags::wait_for(ThreadContext& self, const EventWant& want, Duration timeout) noexcept {
    Result<u32> result = try_wait(want);
    if (result || result.error() != Error::WouldBlock || timeout == Duration::zero()) return result;
    Thread& thread = self.thread();
    Request request{want, 0};
    Instant deadline = deadline_of(timeout);
    for (;;) {
        arch::IrqsMasked masked;
        check_may_block(masked);
        bool joined = false;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            if (closed_) return fail(Error::Deleted);
            // Flags may have come since the look above, or a set is under way again.
            if (!queue_.walking_locked() && match_locked(want) == 0) {
                thread.wait_request = &request;
                queue_.join_locked(thread);
                joined = true;
            }
        }
        if (joined) {
            WaitResult ended = queue_.wait_and_leave(thread, deadline, masked);
            if (Status status = to_status(ended); !status) return fail(status.error());
            return request.got;
        }
        result = try_wait(want);
        if (result || result.error() != Error::WouldBlock) return result;
    }
}

Status EventFlags::set(u32 mask) noexcept {
    Status result;
    u32 ours = 0;
    in_locked_steps([&](WokenInStep& woken) REQUIRES_LOCK(queue_.lock()) {
        if (ours == 0 && closed_) {
            result = fail(Error::Deleted);
            return true;
        }
        if (ours == 0 && !queue_.walking_locked()) {
            flags_ |= mask;
            queue_.begin_walk_locked();
            sets_ = sets_ == ~u32{0} ? 1 : sets_ + 1;
            ours = sets_;
        }
        serve_some_locked(woken);
        // A later one is under way only after ours was done.
        return ours != 0 && (sets_ != ours || !queue_.walking_locked());
    });
    return result;
}

Status EventFlags::clear(u32 mask) noexcept {
    Status result;
    in_turn([&]() REQUIRES_LOCK(queue_.lock()) {
        if (closed_) result = fail(Error::Deleted);
        else flags_ &= ~mask;
    });
    return result;
}

void EventFlags::close() noexcept {
    queue_.end_all(WaitResult::Deleted, [&] { closed_ = true; });
}

u32 EventFlags::flags() noexcept {
    sync::IrqLockGuard guard{queue_.lock()};
    return flags_;
}

}  // namespace quartet::kernel
