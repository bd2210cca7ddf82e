// SPDX-License-Identifier: MIT
//
// Case: CMP20 a phase of the start-up before one that it builds on
// Refused-by: gcc `Done<quartet::boot::phase::Bump>`
// Refused-by: clang `no viable conversion from`

#include <boot/phase/phases.hpp>

using namespace quartet::boot;

#if WRONG
auto f(const Done<phase::Console>& console) { return phase::BootScheduler::run(console); }
#else
auto f(const Done<phase::Bump>& bump) { return phase::BootScheduler::run(bump); }
#endif
