// SPDX-License-Identifier: MIT
//
// Case: CMP59 the proof of a held run queue, made by who does not hold it
// Refused-by: gcc `is private within this context`
// Refused-by: clang `calling a private constructor`

#include <kernel/sched/balance.hpp>

using namespace quartet;

#if WRONG
bool f(kernel::Core& core) { return kernel::settle(core, kernel::QueueHeld()); }
#else
bool f(kernel::Core& core, kernel::QueueLock& lock) { return kernel::settle(core, lock.held()); }
#endif
