// SPDX-License-Identifier: MIT
//
// Case: CMP21 the token of a phase that has not run
// Refused-by: gcc `is private within this context`
// Refused-by: clang `private constructor`

#include <boot/phase/phases.hpp>

using namespace quartet::boot;

#if WRONG
auto f() { return phase::BootScheduler::run(Done<phase::Bump>{}); }
#else
auto f(const Done<phase::Bump>& bump) { return phase::BootScheduler::run(bump); }
#endif
