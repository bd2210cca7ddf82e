// SPDX-License-Identifier: MIT
//
// Case: CMP11 a spin lock without a rank
// Refused-by: gcc `template argument`
// Refused-by: clang `too few template arguments`

#include <sync/spin_lock.hpp>

using namespace quartet;

#if WRONG
constinit sync::SpinLock<> lock;
#else
constinit sync::SpinLock<sync::LockRank::Heap> lock;
#endif
