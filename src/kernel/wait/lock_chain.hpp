// SPDX-License-Identifier: MIT
//
// Who waits for whom: from a mutex to its owner, to the mutex for which that one waits, and so on. A chain that comes back
// to where it began is a dead-lock, unless somebody in it gives up by himself.
//
// Found by the call that closes it, and by that one alone. Each wait without a time limit draws a number, under the
// run-queue lock of its thread and in one with announcing the wait; then it walks, and goes on only through waits with a
// lower number than its own that are not over.
//
// Whoever has the highest number in a ring finds it: he locks the run queue of each other one after he drew. Had
// that one not announced its wait by then, it would draw later, and higher. (Each wait of a ring lasts for good, and who
// owned a mutex when he began to wait owns it as long as he waits: so nothing else can be seen half done.) Two calls
// on two cores that close a ring together are told apart by their numbers.
//
// What is found was one: each of those waits began before the walker's own and was seen after it, so at the moment of
// his draw they all went on; and nobody becomes an owner while he waits. No second look is needed, though each step
// drops all locks.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/types.hpp>
#include <kernel/thread/thread.hpp>
#include <kernel/wait/mutex.hpp>

#include <string_view>

namespace quartet::kernel {

class LockChain {
public:
    // `Thread::blocked_since` of a wait that ends by itself: later than every other, so that no ring goes through it.
    static constexpr u64 ends_by_itself = ~u64{0};
    // The number of a wait without a time limit. Context: the run-queue lock of the thread that waits is held.
    static u64 number_wait() noexcept;

    // Whether the wait that `self` has announced, without a time limit, for a mutex that `owner` owned at that
    // moment, closes a ring. A yes holds until somebody in it is made to give up. Context: thread, no lock held.
    // Cost: a step an owner, the locks dropped and interrupts open in between.
    static bool closes_ring(Thread& self, Thread& owner) noexcept;

    // The record of who owned `mutex` a moment ago, for reports; null: nobody who has not ended. Context: `mutex` exists.
    static Thread* owner_seen(const Mutex& mutex) noexcept;

    // The answer of a lock call that would close a ring, told to the log with everybody's name.
    static Status refuse(Thread& self, Mutex& mutex) noexcept;

    // The names of those on whom a waiter for `mutex` depends: its owner, who owns what that one waits for, and so on, as far as
    // somebody runs or the chain comes back. After a Deadlock the caller is the last of them. A moment old each; no lock
    // is held while `visit` runs. Context: thread; `mutex` exists meanwhile.
    static void for_each_owner(Mutex& mutex, void (*visit)(void* argument, std::string_view name),
                               void* argument) noexcept;
    template <typename Visit>
    static void for_each_owner(Mutex& mutex, Visit&& visit) noexcept {
        for_each_owner(
            mutex, [](void* argument, std::string_view name) { (*static_cast<Visit*>(argument))(name); },
            const_cast<void*>(static_cast<const void*>(&visit)));
    }

private:
    struct Name {
        char text[thread_name_size];
    };

    // Of the owner that `word` names; false where it has ended.
    static bool copy_name(u64 word, Name& name, const arch::IrqsMasked& masked) noexcept;
    // Of the owner of `mutex`, whose lock is held: its word; 0 where there is none who could be waited for.
    static u64 owner_locked(Mutex& mutex) noexcept REQUIRES_LOCK(mutex.queue_.lock());
    // The word of the owner of what `thread` waits for, in a wait numbered `latest` at most; 0 where there is none.
    static u64 next_owner(Thread& thread, u64 latest, const arch::IrqsMasked& masked) noexcept;
};

}  // namespace quartet::kernel
