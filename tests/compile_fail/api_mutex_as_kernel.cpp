// SPDX-License-Identifier: MIT
//
// Case: CMP49 a public mutex unlocked behind its back
// Refused-by: gcc `is an inaccessible base`
// Refused-by: clang `cannot cast`

#include <quartet/mutex.hpp>

using namespace quartet;

#if WRONG
kernel::Mutex& f(Mutex& mutex) { return mutex; }
#else
Mutex& f(Mutex& mutex) { return mutex; }
#endif
