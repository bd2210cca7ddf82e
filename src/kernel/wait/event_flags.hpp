// SPDX-License-Identifier: MIT
//
// 32 flags that threads wait for: any of some, or all of them, and perhaps cleared by whoever got them. Setting
// serves the waiters by priority, equals in order of arrival; what one of them clears, those behind it do not get.
//
// A set that has many waiters to look at does so in bounded steps. Until they are done every other call on the same
// object, from whichever core or handler, first helps to finish them: so each call happens as a whole before or after
// each other one, and nobody who arrives later is served before one who waits.

#pragma once

#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

class WokenInStep;

// What a thread waits for.
struct EventWant {
    enum class Match : u8 { Any, All };
    enum class OnExit : u8 { Keep, Clear };

    u32 mask = 0;  // at least one flag
    Match match = Match::Any;
    OnExit on_exit = OnExit::Keep;
};

class EventFlags {
public:
    constexpr explicit EventFlags(u32 initial = 0) : flags_(initial) {}

    // Waits until the flags are as wanted. Returns those of the mask that were set, which OnExit::Clear has cleared.
    // Errors: Invalid (an empty mask), Deleted, Timeout; WouldBlock where the timeout is zero.
    // Context: thread.
    Result<u32> wait(ThreadContext& self, const EventWant& want) noexcept {
        return wait_for(self, want, Duration::forever());
    }
    Result<u32> wait_for(ThreadContext& self, const EventWant& want, Duration timeout) noexcept;

    // The same without waiting. Errors: Invalid, Deleted, WouldBlock. Context: any.
    Result<u32> try_wait(const EventWant& want) noexcept;

    // Adds the flags of `mask`; those who waited for them have them when this returns. Errors: Deleted.
    // The object lives until the call has returned. Context: any. Cost: grows with the waiters, in steps of `WaitQueue::most_looks`.
    Status set(u32 mask) noexcept;

    // Takes the flags of `mask` away. Errors: Deleted. Context: any.
    Status clear(u32 mask) noexcept;

    // Every waiter returns with Deleted, and so does every call from now on.
    // Context and cost: as WaitQueue::wake_parted.
    void close() noexcept;

    // A snapshot. Context: any.
    u32 flags() noexcept;

private:
    // Lies on the waiter's stack.
    struct Request {
        EventWant want;
        u32 got;
    };

    // What `want` gets of the flags as they are, and 0 where that is not enough.
    u32 match_locked(const EventWant& want) noexcept REQUIRES_LOCK(queue_.lock()) {
        u32 got = flags_ & want.mask;
        return want.match == EventWant::Match::Any || got == want.mask ? got : 0;
    }
    u32 take_locked(const EventWant& want) noexcept REQUIRES_LOCK(queue_.lock()) {
        u32 got = match_locked(want);
        if (want.on_exit == EventWant::OnExit::Clear) flags_ &= ~got;
        return got;
    }
    // Goes on with the set that is under way, if there is one.
    void serve_some_locked(WokenInStep& woken) noexcept REQUIRES_LOCK(queue_.lock());
    // `step(woken)` with the lock held, until it returns true.
    template <typename Step>
    void in_locked_steps(Step&& step) noexcept;
    // `act()` once, with the lock held and no set under way.
    template <typename Act>
    void in_turn(Act&& act) noexcept;

    u32 flags_;
    u32 sets_ = 0;  // numbers them, so that each knows when it is done
    bool closed_ = false;
    WaitQueue queue_{WaitKind::EventFlags};
};

}  // namespace quartet::kernel
