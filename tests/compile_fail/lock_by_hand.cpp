// SPDX-License-Identifier: MIT
//
// Case: CMP10 taking a spin lock without a guard
// Refused-by: gcc `is private within this context`
// Refused-by: clang `is a private member of`

#include <sync/spin_lock.hpp>

using namespace quartet;

constinit sync::SpinLock<sync::LockRank::Heap> heap_lock;

#if WRONG
void f() { heap_lock.take(sync::Place::current()); }
#else
void f() { sync::IrqLockGuard guard{heap_lock}; }
#endif
