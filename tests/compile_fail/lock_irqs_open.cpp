// SPDX-License-Identifier: MIT
//
// Case: LCK05 taking a spin lock with interrupts open, where a handler may want it too
// Refused-by: gcc `no matching function`
// Refused-by: clang `no matching constructor`

#include <sync/spin_lock.hpp>

using namespace quartet;

constinit sync::SpinLock<sync::LockRank::Heap> heap_lock;

#if WRONG
void f() { sync::LockGuard<sync::LockRank::Heap> guard{heap_lock}; }
#else
void f() {
    arch::IrqsMasked masked;
    sync::LockGuard guard{heap_lock, masked};
}
#endif
