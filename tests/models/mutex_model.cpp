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

// The record of the owner that ended is another thread's by the time somebody looks.
struct RecordIsUsedAgain : OnMachine<RecordIsUsedAgain> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"MTX07", "an owner that ended is known as such when its record is another thread's",
                                 4000, 30'000};

    Mutex mutex;
    u32 half_done = 0;

    void before() {
        start();
        thread<&RecordIsUsedAgain::make_owners>(0);
        thread<&RecordIsUsedAgain::come_for_it>(1);
    }
    static void end_with_it(ThreadContext& self, void* suite) {
        auto& all = *static_cast<RecordIsUsedAgain*>(suite);
        if (all.mutex.try_lock(self).has_value()) all.half_done += 1;
    }
    static void do_nothing(ThreadContext&, void*) {}
    void make_owners(ThreadContext& self) {
        const auto owner = kernel::spawn({.affinity = 4}, end_with_it, this);
        require(owner.has_value() && kernel::join(self, *owner).has_value(), "a thread was not made");
        const auto next = kernel::spawn({.affinity = 1}, do_nothing, nullptr);
        require(next.has_value() && kernel::join(self, *next).has_value(), "a thread was not made");
    }
    void come_for_it(ThreadContext& self) {
        for (u32 n = choose(60); n > 0; --n) yield();
        const Status locked = mutex.lock(self);
        if (!locked.has_value()) require(half_done == 1, "what the owner wrote is not there");
        (void)mutex.unlock(self);
    }
};
const Model<RecordIsUsedAgain> used_again{"mutex-record"};

}  // namespace
}  // namespace quartet::model
