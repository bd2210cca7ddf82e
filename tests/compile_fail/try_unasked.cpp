// SPDX-License-Identifier: MIT
//
// Case: CMP80 reading what a lock guards after a try for it that nobody asked about
// Refused-by: clang `reading variable 'free_' requires holding`

#include <sync/spin_lock.hpp>

using namespace quartet;

class Frames {
public:
    u32 free_frames(const arch::IrqsMasked& masked);

private:
    sync::SpinLock<sync::LockRank::Frames> lock_;
    u32 free_ GUARDED_BY(lock_) = 0;
};

u32 Frames::free_frames(const arch::IrqsMasked& masked) {
    sync::TryLockGuard guard{lock_, masked};
#if WRONG
    static_cast<void>(masked);
#else
    if (!guard.taken()) return 0;
#endif
    return free_;
}
