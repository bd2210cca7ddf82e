// SPDX-License-Identifier: MIT
//
// Case: CMP07 reading what a lock guards without it
// Refused-by: clang `reading variable 'free_' requires holding`

#include <sync/spin_lock.hpp>

using namespace quartet;

class Frames {
public:
    u32 free_frames() const;

private:
    mutable sync::SpinLock<sync::LockRank::Frames> lock_;
    u32 free_ GUARDED_BY(lock_) = 0;
};

#if WRONG
u32 Frames::free_frames() const { return free_; }
#else
u32 Frames::free_frames() const {
    sync::IrqLockGuard guard{lock_};
    return free_;
}
#endif
