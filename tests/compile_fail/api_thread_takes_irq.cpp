// SPDX-License-Identifier: MIT
//
// Case: CMP42 a thread whose function wants to be a handler
// Refused-by: gcc `no matching function`
// Refused-by: clang `no matching function`

#include <quartet/thread.hpp>

using namespace quartet;

#if WRONG
void work(IrqContext& context);
#else
void work(ThreadContext& context);
#endif

Result<Thread> f() { return Thread::spawn({.name = "work"}, work); }
