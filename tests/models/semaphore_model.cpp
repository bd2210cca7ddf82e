// SPDX-License-Identifier: MIT
//
// Block against wake: what the giver wrote before is seen by the taker, whether he waited or not, and no give is lost.

#include "machine.hpp"

#include <arch/cpu.hpp>
#include <kernel/wait/semaphore.hpp>

namespace quartet::model {
namespace {

struct GivenAcross : OnMachine<GivenAcross> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"SEM03", "what was written before a give is seen after the take", 1000};

    kernel::Semaphore there{0};
    u32 written = 0;

    void before() {
        start();
        thread<&GivenAcross::give>(0);
        thread<&GivenAcross::take>(1);
    }
    void give(kernel::ThreadContext&) {
        written = 1;
        (void)there.give();
    }
    void take(kernel::ThreadContext& self) {
        require(there.take(self).has_value(), "a take was refused");
        require(written == 1, "what was written is not there");
    }
};
const Model<GivenAcross> given{"semaphore"};

// The one who waits gives up at about the moment at which somebody gives: then another one takes it.
struct GivenToNobody : OnMachine<GivenToNobody> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"SEM03", "a give whose waiter gave up is seen by who takes it", 4000, 20'000};

    kernel::Semaphore there{0};
    u32 written = 0;
    u32 taken[2] = {};

    void before() {
        start();
        thread<&GivenToNobody::give_up>(0);
        thread<&GivenToNobody::give>(1);
        thread<&GivenToNobody::try_to_take>(2);
    }
    void give_up(kernel::ThreadContext& self) {
        if (!there.take_for(self, kernel::nanoseconds(40))) return;
        taken[0] = 1;
        require(written == 1, "what was written is not there");
    }
    void give(kernel::ThreadContext&) {
        written = 1;
        (void)there.give();
    }
    void try_to_take(kernel::ThreadContext&) {
        for (u32 tries = 0; tries < 8; ++tries) {
            if (there.try_take()) {
                taken[1] = 1;
                require(written == 1, "what was written is not there");
                return;
            }
            yield();
        }
    }
    void after() { require(taken[0] + taken[1] <= 1, "one give was taken twice"); }
};
const Model<GivenToNobody> to_nobody{"semaphore-timeout"};

// The same, where most that matters happens: the time is over, and he has not come to leave.
struct GivenAtTheEnd : OnMachine<GivenAtTheEnd> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"SEM03", "a give that finds nobody but one whose time is over is seen by who takes it",
                                 2000, 20'000};

    kernel::Semaphore there{0};
    u32 written = 0;
    arch::Atomic<u32> given{0};
    u32 taken[2] = {};

    void before() {
        start();
        thread<&GivenAtTheEnd::give_up>(0);
        thread<&GivenAtTheEnd::give>(1);
        thread<&GivenAtTheEnd::take>(2);
    }
    void give_up(kernel::ThreadContext& self) {
        if (!there.take_for(self, kernel::nanoseconds(16 * 30))) return;
        taken[0] = 1;
        require(written == 1, "what was written is not there");
    }
    void give(kernel::ThreadContext&) {
        for (u32 n = choose(120); n > 0; --n) arch::relax();
        written = 1;
        (void)there.give();
        given.store(1, arch::Order::Relaxed);
    }
    void take(kernel::ThreadContext&) {
        for (bool last = false;; arch::relax()) {
            const bool taking = there.try_take();
            if (taking) {
                taken[1] = 1;
                require(written == 1, "what was written is not there");
            }
            if (taking || last) return;
            last = given.load(arch::Order::Relaxed) != 0;
        }
    }
    void after() { require(taken[0] + taken[1] <= 1, "one give was taken twice"); }
};
const Model<GivenAtTheEnd> at_the_end{"semaphore-given-up"};

// As a sign that there is something to look at: where it is up already, who takes it looks behind both.
struct GivenToTheFull {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "SEM03", "what was written before a give that was refused is seen by who takes what was there", 1000};

    kernel::Semaphore sign{1, 1};
    arch::Atomic<u32> news{0};
    u32 seen = 0;

    void core(u32 number) {
        if (number == 0) {
            news.store(1, arch::Order::Relaxed);
            (void)sign.give();
        } else if (sign.try_take()) {
            seen = news.load(arch::Order::Relaxed);
        }
    }
    void after() { require(seen == 1 || sign.count() == 1, "the sign is down, and the news was not seen"); }
};
const Model<GivenToTheFull> to_the_full{"semaphore-full"};

// All cores take turns by it, as by a lock.
struct AsALock : OnMachine<AsALock> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{
        "SEM03", "a semaphore of one is had by one at a time, who sees what the last one wrote", 1000, 20'000};

    kernel::Semaphore one{1, 1};
    u32 inside = 0;

    void before() {
        start();
        for (u32 core = 0; core < cores; ++core) thread<&AsALock::take_turns>(core);
    }
    void take_turns(kernel::ThreadContext& self) {
        for (u32 round = 0; round < 2; ++round) {
            (void)one.take(self);
            inside += 1;
            (void)one.give();
        }
    }
    void after() { require(inside == 2 * cores, "a turn is missing"); }
};
const Model<AsALock> as_a_lock{"semaphore-turns"};

}  // namespace
}  // namespace quartet::model
