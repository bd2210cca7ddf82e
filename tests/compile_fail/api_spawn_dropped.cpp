// SPDX-License-Identifier: MIT
//
// Case: CMP40 a thread that is started and whose handle nobody takes
// Refused-by: gcc `ignoring return value`
// Refused-by: clang `ignoring return value of function declared with 'nodiscard'`

#include <quartet/thread.hpp>

using namespace quartet;

void work();

#if WRONG
void f() { Thread::spawn({.name = "work"}, work); }
#else
Result<Thread> f() { return Thread::spawn({.name = "work"}, work); }
#endif
