// SPDX-License-Identifier: MIT
//
// Case: CMP50 any form of lock that takes a ThreadContext, of any mutex, given the proof of being in a handler
// Refused-by: gcc `no form of lock is for a handler`
// Refused-by: clang `no form of lock is for a handler`

#include <quartet/quartet.hpp>

using namespace quartet;

#if WRONG
using Proof = IrqContext;
#else
using Proof = ThreadContext;
#endif

template <typename M>
concept Locked = requires(M& mutex, Proof& proof) { mutex.lock(proof); };
template <typename M>
concept Tried = requires(M& mutex, Proof& proof) { mutex.try_lock(proof); };
template <typename M>
concept Timed = requires(M& mutex, Proof& proof) { mutex.lock_for(proof, microseconds(1)); };
template <typename M>
concept Unlocked = requires(M& mutex, Proof& proof) { mutex.unlock(proof); };
template <typename M>
concept Guarded = requires(M& mutex, Proof& proof) { LockGuard<M>{mutex, proof}; };
template <typename M>
concept Shared = requires(M& mutex, Proof& proof) { mutex.lock_shared(proof); };
template <typename M>
concept SharedTried = requires(M& mutex, Proof& proof) { mutex.try_lock_shared(proof); };
template <typename M>
concept SharedTimed = requires(M& mutex, Proof& proof) { mutex.lock_shared_for(proof, microseconds(1)); };
template <typename M>
concept SharedGuarded = requires(M& mutex, Proof& proof) { SharedLockGuard<M>{mutex, proof}; };

// How many of the forms are there: with a thread's proof all of them, with a handler's none.
template <typename M>
constexpr int forms = Locked<M> + Tried<M> + Timed<M> + Unlocked<M> + Guarded<M>;
constexpr int shared_forms =
    Shared<SharedMutex> + SharedTried<SharedMutex> + SharedTimed<SharedMutex> + SharedGuarded<SharedMutex>;
constexpr int all = forms<Mutex> + forms<RecursiveMutex> + forms<SharedMutex> + shared_forms;

#if WRONG
static_assert(all != 0, "no form of lock is for a handler");
#else
static_assert(all == 19, "a form of lock is missing here");
#endif
