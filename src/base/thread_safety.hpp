// SPDX-License-Identifier: MIT
//
// Clang's thread-safety annotations under readable names; nothing for GCC. The clang preset makes
// a violation an error: data says which lock guards it, functions say which lock they need.

#pragma once

#if defined(__clang__)
#define QUARTET_TSA(attribute) __attribute__((attribute))
#else
#define QUARTET_TSA(attribute)
#endif

#define LOCKABLE(name) QUARTET_TSA(capability(name))
#define SCOPED_GUARD QUARTET_TSA(scoped_lockable)
#define GUARDED_BY(lock) QUARTET_TSA(guarded_by(lock))
#define REQUIRES_LOCK(...) QUARTET_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES_LOCK(...) QUARTET_TSA(locks_excluded(__VA_ARGS__))
#define TAKES_LOCK(...) QUARTET_TSA(acquire_capability(__VA_ARGS__))
#define TRIES_LOCK(...) QUARTET_TSA(try_acquire_capability(__VA_ARGS__))
#define RELEASES_LOCK(...) QUARTET_TSA(release_capability(__VA_ARGS__))
#define ASSERTS_LOCK(...) QUARTET_TSA(assert_capability(__VA_ARGS__))
#define RETURNS_LOCK(lock) QUARTET_TSA(lock_returned(lock))
#define UNCHECKED_LOCKING QUARTET_TSA(no_thread_safety_analysis)
