// SPDX-License-Identifier: MIT
//
// Case: CMP60 a switch to another flow without a reason
// Refused-by: gcc `to ‘quartet::Unsafe’`
// Refused-by: clang `too few arguments to function call`

#include <arch/context.hpp>

using namespace quartet;

#if WRONG
void f(arch::SavedContext& from, const arch::SavedContext& to) { arch::switch_context(from, to); }
#else
void f(arch::SavedContext& from, const arch::SavedContext& to) {
    arch::switch_context(Unsafe{"the test never runs it"}, from, to);
}
#endif
