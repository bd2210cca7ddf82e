// SPDX-License-Identifier: MIT
//
// Case: CMP58 changing what a run queue publishes without its lock
// Refused-by: gcc `too few arguments to function`
// Refused-by: clang `too few arguments to function call`

#include <kernel/sched/balance.hpp>

using namespace quartet;

#if WRONG
bool f(kernel::Core& core) { return kernel::settle(core); }
#else
bool f(kernel::Core& core, kernel::QueueLock& lock) { return kernel::settle(core, lock.held()); }
#endif
