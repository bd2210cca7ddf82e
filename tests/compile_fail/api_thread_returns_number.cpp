// SPDX-License-Identifier: MIT
//
// Case: CMP43 a thread whose function returns what cannot be joined
// Refused-by: gcc `a thread's function returns nothing, or a pointer`
// Refused-by: clang `a thread's function returns nothing, or a pointer`

#include <quartet/thread.hpp>

using namespace quartet;

#if WRONG
int work();
#else
int* work();
#endif

Result<Thread> f() { return Thread::spawn({.name = "work"}, work); }
