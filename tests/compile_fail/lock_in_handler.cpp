// SPDX-License-Identifier: MIT
//
// Case: CMP22 each form of lock but the guard, with the proof of being in a handler; the lawful twin has a thread's
// Refused-by: gcc `ThreadContext`
// Refused-by: clang `no form of lock takes the proof of being in a handler`

#include <quartet/quartet.hpp>

using namespace quartet;

