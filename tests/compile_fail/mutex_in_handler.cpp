// SPDX-License-Identifier: MIT
//
// Case: CMP22 a mutex locked with the proof of being in a handler
// Refused-by: gcc `kernel::ThreadContext&`
// Refused-by: clang `ThreadContext`

#include <kernel/irq/irq_context.hpp>
#include <kernel/wait/mutex.hpp>

using namespace quartet;

#if WRONG
void f(kernel::Mutex& mutex, kernel::IrqContext& context) { kernel::MutexGuard guard{mutex, context}; }
#else
void f(kernel::Mutex& mutex, kernel::ThreadContext& context) { kernel::MutexGuard guard{mutex, context}; }
#endif
