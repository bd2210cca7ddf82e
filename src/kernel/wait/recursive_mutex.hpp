// SPDX-License-Identifier: MIT
//
// A mutex that its owner may lock again, and unlocks as often. The count is beside the mutex, so that who needs none
// pays for none, and only the owner touches it.

#pragma once

#include <base/result.hpp>
#include <base/thread_safety.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/wait/mutex.hpp>

namespace quartet::kernel {

class LOCKABLE("mutex") RecursiveMutex {
public:
    static constexpr u8 deepest = 255;

    constexpr RecursiveMutex() = default;

    // As Mutex, and once more for who owns it. Errors: as Mutex, and Busy (it is locked 255 times). Context: thread. After
    // OwnerDead it is locked once, however often its last owner had it.
    Status lock(ThreadContext& self) noexcept { return lock_for(self, Duration::forever()); }
    Status try_lock(ThreadContext& self) noexcept { return lock_for(self, Duration::zero()); }
    Status lock_for(ThreadContext& self, Duration timeout) noexcept {
        if (mutex_.owned_by(self.thread())) {
            if (depth_ == deepest) return fail(Error::Busy);
            depth_ = static_cast<u8>(depth_ + 1);
            return {};
        }
        Status locked = mutex_.lock_for(self, timeout);
        if (locked.has_value() || locked.error() == Error::OwnerDead) depth_ = 1;
        return locked;
    }

    // Once less; the last one gives it to the first waiter. Errors: NotOwner. Context: thread.
    Status unlock(ThreadContext& self) noexcept {
        if (!mutex_.owned_by(self.thread())) return fail(Error::NotOwner);
        depth_ = static_cast<u8>(depth_ - 1);
        return depth_ != 0 ? Status{} : mutex_.unlock(self);
    }

    bool owned_by(const Thread& thread) const noexcept { return mutex_.owned_by(thread); }

    // As Mutex::close. The owner may still lock it again, and unlocks it as often as before.
    void close() noexcept { mutex_.close(); }

private:
    Mutex mutex_;
    u8 depth_ = 0;  // ordered from owner to owner by the mutex
};

}  // namespace quartet::kernel
