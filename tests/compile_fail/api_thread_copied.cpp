// SPDX-License-Identifier: MIT
//
// Case: CMP41 a copy of the right to join a thread
// Refused-by: gcc `use of deleted function`
// Refused-by: clang `call to implicitly-deleted copy constructor of 'Thread'`

#include <quartet/thread.hpp>

#include <utility>

using namespace quartet;

#if WRONG
Thread f(Thread& thread) { return Thread{thread}; }
#else
Thread f(Thread& thread) { return Thread{std::move(thread)}; }
#endif
