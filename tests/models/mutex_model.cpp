// SPDX-License-Identifier: MIT
//
// The mutex: its word from hand to hand, owners that end with it, and the word by which that is known.

#include "machine.hpp"

#include <kernel/thread/threads.hpp>
#include <kernel/wait/mutex.hpp>

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

}  // namespace
}  // namespace quartet::model
