// SPDX-License-Identifier: MIT
//
// The mutex: its word from hand to hand, owners that end with it and the word by which that is known, and what is lent.

#include "machine.hpp"

#include <arch/cpu.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/wait/semaphore.hpp>

namespace quartet::model {
namespace {

using kernel::Mutex;
using kernel::ThreadContext;

// However it is had: free, after waiting, after trying.
struct InTurns : OnMachine<InTurns> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"MTX12", "a mutex has one owner, who sees what the last one wrote", 2000, 20'000};

    Mutex mutex;
    u32 inside = 0;
    u32 turns[cores] = {};

    void before() {
        start();
        thread<&InTurns::wait_for_it>(0);
        thread<&InTurns::wait_for_it>(1);
        thread<&InTurns::try_it>(2);
    }
    void change(ThreadContext& self, u32 who) {
        inside += 1;
        turns[who] += 1;
        require(mutex.unlock(self).has_value(), "the owner is not the owner");
    }
    void wait_for_it(ThreadContext& self) {
        const u32 who = this_core();
        for (u32 round = 0; round < 2; ++round) {
            require(mutex.lock(self).has_value(), "a lock was refused");
            change(self, who);
        }
    }
    void try_it(ThreadContext& self) {
        for (u32 tries = 0; tries < 3; ++tries) {
            if (mutex.lock_for(self, kernel::nanoseconds(30)).has_value()) change(self, 2);
        }
    }
    void after() { require(inside == turns[0] + turns[1] + turns[2], "one was inside beside another"); }
};
const Model<InTurns> in_turns{"mutex"};

// The owner ends with it. Who comes is told, and sees what was left half done.
struct OwnerEnds : OnMachine<OwnerEnds> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"MTX07", "who gets the mutex of an owner that ended is told, and sees what it wrote",
                                 2000, 20'000};

    Mutex mutex;
    u32 half_done = 0;

    void before() {
        start();
        thread<&OwnerEnds::end_with_it>(0);
        thread<&OwnerEnds::come_for_it>(1);
    }
    void end_with_it(ThreadContext& self) {
        if (!mutex.try_lock(self)) return;
        half_done = 1;
    }
    void come_for_it(ThreadContext& self) {
        const Status locked = mutex.lock(self);
        require(locked.has_value() || locked.error() == Error::OwnerDead, "a lock was refused");
        require(locked.has_value() == (half_done == 0), "the owner's end was not told, or told of nobody");
        half_done = 0;
        require(mutex.unlock(self).has_value(), "the owner is not the owner");
    }
};
const Model<OwnerEnds> owner_ends{"mutex-owner-ends"};

// The waiter's priority is changed from two cores at once. Each of them puts it in its new place and lends on.
struct LentAnew : OnMachine<LentAnew> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"MTX02", "the owner has what two who change its waiter's priority at once leave of it",
                                 1000, 20'000};

    Mutex mutex;
    kernel::Semaphore owned{0};
    kernel::Semaphore known{0};
    kernel::Semaphore changed{0};
    kernel::ThreadHandle waiter;

    void before() {
        start();
        thread<&LentAnew::wait_for_it>(0);
        thread<&LentAnew::own_it>(1);
        thread<&LentAnew::change>(2);
    }
    void wait_for_it(ThreadContext& self) {
        waiter = kernel::current();
        (void)owned.take(self);
        (void)known.give();
        (void)known.give();
        require(mutex.lock(self).has_value(), "a lock was refused");
        (void)mutex.unlock(self);
    }
    void own_it(ThreadContext& self) {
        require(mutex.lock(self).has_value(), "a lock was refused");
        (void)owned.give();
        (void)known.take(self);
        require(kernel::set_priority(waiter, 22).has_value(), "a priority was refused");
        (void)changed.take(self);
        // The waiter comes to wait, if it does not yet.
        while (kernel::priority_of(kernel::current()) != kernel::priority_of(waiter)) arch::relax();
        (void)mutex.unlock(self);
    }
    void change(ThreadContext& self) {
        (void)known.take(self);
        require(kernel::set_priority(waiter, 20).has_value(), "a priority was refused");
        (void)changed.give();
    }
};
const Model<LentAnew> lent_anew{"mutex-lent-anew"};

}  // namespace
}  // namespace quartet::model
