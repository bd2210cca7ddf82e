// SPDX-License-Identifier: MIT
//
// Case: CMP08 calling what needs a lock without it
// Refused-by: clang `calling function 'add_locked' requires holding`

#include <sync/spin_lock.hpp>

using namespace quartet;

class Frames {
public:
    void add();

private:
    void add_locked() REQUIRES_LOCK(lock_) { free_ += 1; }
    sync::SpinLock<sync::LockRank::Frames> lock_;
    u32 free_ GUARDED_BY(lock_) = 0;
};

#if WRONG
void Frames::add() { add_locked(); }
#else
void Frames::add() {
    sync::IrqLockGuard guard{lock_};
    add_locked();
}
#endif
