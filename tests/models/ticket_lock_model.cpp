// SPDX-License-Identifier: MIT
//
// The ticket lock: who is inside sees what the last one wrote, however the lock was taken; and nobody is passed twice.

#include "engine.hpp"

#include <base/types.hpp>
#include <sync/ticket_lock.hpp>

namespace quartet::model {
namespace {

// One waits, one waits with an end, one tries: whoever is inside writes what the last one wrote, without any order of
// its own.
struct WhatWasWrittenIsSeen {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"LCK09", "what was written under the ticket lock is seen by its next owner"};

    sync::TicketLock<> lock;
    u32 inside = 0;
    u32 entered[3] = {};

    void core(u32 number) {
        if (number == 0) lock.take();
        else if (number == 1 && !lock.take_within(1'000'000)) return;
        else if (number == 2 && !lock.try_take()) return;
        inside += 1;
        entered[number] = 1;
        lock.release();
    }
    void after() { require(inside == entered[0] + entered[1] + entered[2], "one was inside beside another"); }
};
const Model<WhatWasWrittenIsSeen> seen{"lock"};

struct TakenAgain {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"LCK09", "the ticket lock is exact when it is taken again and again"};

    sync::TicketLock<> lock;
    u32 inside = 0;

    void core(u32) {
        for (u32 round = 0; round < 3; ++round) {
            lock.take();
            inside += 1;
            lock.release();
        }
    }
    void after() { require(inside == 6, "an entry is missing"); }
};
const Model<TakenAgain> again{"lock-again"};

// What a core's first touch of the lock since it last had it is, and how often others entered from there on.
struct Turn {
    bool asking;
    u32 entered_before;
};
u32 entries;
Turn turns[3];

// The touch and the note of it are one step: cores change before an access, not after it.
struct NotedAtomics : sync::MachineAtomics {
    class Word : public sync::MachineAtomics::Word {
        using Base = sync::MachineAtomics::Word;

    public:
        u32 load(OrderAt order) const { return noted(Base::load(order)); }
        u32 fetch_add(u32 value, OrderAt order) { return noted(Base::fetch_add(value, order)); }
        bool compare_exchange(u32& expected, u32 desired, OrderAt success, OrderAt failure) {
            return noted(Base::compare_exchange(expected, desired, success, failure));
        }

    private:
        template <typename T>
        [[gnu::no_sanitize_thread]] static T noted(T result) {
            Turn& turn = turns[this_core()];
            if (!turn.asking) turn = {true, entries};
            return result;
        }
    };
};

// However the cores are scheduled: from the moment at which one asks, each other one enters once at most.
struct NobodyIsPassedTwice {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"LCK02", "whoever asks for the ticket lock is passed by each other one once at most",
                                 4000};

    sync::TicketLock<NotedAtomics> lock;

    [[gnu::no_sanitize_thread]] void before() {
        entries = 0;
        for (Turn& turn : turns) turn = {};
    }
    [[gnu::no_sanitize_thread]] void core(u32 number) {
        for (u32 round = 0; round < 3; ++round) {
            turns[number].asking = false;
            lock.take();
            require(entries - turns[number].entered_before <= 2, "one was passed twice");
            entries += 1;
            lock.release();
        }
    }
};
const Model<NobodyIsPassedTwice> fair{"lock-fair"};

}  // namespace
}  // namespace quartet::model
