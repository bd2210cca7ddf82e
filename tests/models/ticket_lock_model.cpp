// SPDX-License-Identifier: MIT
//
// The ticket lock's own source under a relaxed memory model: relacy runs every interleaving that it draws and lets
// each load return any value that the written orders allow. A release that is too weak shows as a data race, which
// no run on QEMU or on an x86 host can show.

// Before relacy, which makes macros of words like `delete`.
#include <base/types.hpp>
#include <sync/ticket_lock.hpp>

#include <relacy/relacy.hpp>

#include "models.hpp"

namespace {

using quartet::u16;
using quartet::u32;

// The lock's view of the machine, as relacy's atomics.
struct ModelAtomics {
    enum class Order { Relaxed = rl::mo_relaxed, Acquire = rl::mo_acquire, Release = rl::mo_release };

    class Word {
    public:
        Word() : word_(0) {}
        u32 load(Order order) const { return word_.load(of(order), $); }
        u32 fetch_add(u32 value, Order order) { return word_.fetch_add(value, of(order), $); }
        bool compare_exchange(u32& expected, u32 desired, Order success, Order failure) {
            return word_.compare_exchange_strong(expected, desired, of(success), $, of(failure), $);
        }
        static bool halves_equal(u32 word) { return word >> 16 == (word & 0xffff); }
        // Relacy has no accesses of two sizes: the compare-exchange form.
        void store_lower(u16 value, Order order) {
            u32 word = word_.load(rl::mo_relaxed, $);
            while (!word_.compare_exchange_weak(word, (word & 0xffff0000) | value, of(order), $)) {}
        }
        void wait_until_lower(u16 value) const {
            while (static_cast<u16>(load(Order::Acquire)) != value) rl::yield(1, $);
        }

    private:
        static rl::memory_order of(Order order) { return static_cast<rl::memory_order>(order); }
        mutable rl::atomic<u32> word_;
    };
};

using Lock = quartet::sync::TicketLock<ModelAtomics>;

// Two wait, one tries: whoever is inside writes what the last one wrote, without any order of its own.
struct WhatWasWrittenIsSeen : rl::test_suite<WhatWasWrittenIsSeen, 3> {
    Lock lock;
    rl::var<int> inside;
    int entered = 0;

    void before() { inside($) = 0; }
    void thread(unsigned number) {
        if (number == 2) {
            if (!lock.try_take()) return;
        } else {
            lock.take();
        }
        entered += 1;
        inside($) = inside($) + 1;
        lock.release();
    }
    void after() { RL_ASSERT(inside($) == entered); }
};

struct TakenAgain : rl::test_suite<TakenAgain, 2> {
    Lock lock;
    rl::var<int> inside;

    void before() { inside($) = 0; }
    void thread(unsigned) {
        for (int round = 0; round < 2; ++round) {
            lock.take();
            inside($) = inside($) + 1;
            lock.release();
        }
    }
    void after() { RL_ASSERT(inside($) == 4); }
};

// What a thread's first touch of the lock since it last had it is, and how often others entered from there on.
struct Turn {
    bool asking = false;
    int entered_before = 0;
};
int entries = 0;
Turn turns[3];

// The touch and the note of it are one step: relacy changes threads before an operation, not after it.
struct NotedAtomics : ModelAtomics {
    class Word : public ModelAtomics::Word {
    public:
        u32 load(Order order) const { return noted(ModelAtomics::Word::load(order)); }
        u32 fetch_add(u32 value, Order order) { return noted(ModelAtomics::Word::fetch_add(value, order)); }
        bool compare_exchange(u32& expected, u32 desired, Order success, Order failure) {
            return noted(ModelAtomics::Word::compare_exchange(expected, desired, success, failure));
        }

    private:
        template <typename T>
        static T noted(T result) {
            Turn& turn = turns[rl::thread_index()];
            if (!turn.asking) turn = {true, entries};
            return result;
        }
    };
};

// However the threads are scheduled: from the moment at which one asks, each other one enters once at most.
struct NobodyIsPassedTwice : rl::test_suite<NobodyIsPassedTwice, 3> {
    quartet::sync::TicketLock<NotedAtomics> lock;

    void before() {
        entries = 0;
        for (Turn& turn : turns) turn = {};
    }
    void thread(unsigned number) {
        for (int round = 0; round < 3; ++round) {
            turns[number].asking = false;
            lock.take();
            RL_ASSERT(entries - turns[number].entered_before <= 2);
            entries += 1;
            lock.release();
        }
    }
};

template <typename Suite>
bool holds(rl::scheduler_type_e kind, unsigned iterations) {
    rl::test_params params;
    params.search_type = kind;
    params.iteration_count = iterations;
    params.context_bound = 3;
    return rl::simulate<Suite>(params);
}

}  // namespace

bool ticket_lock_shows_what_was_written() {
    return holds<WhatWasWrittenIsSeen>(rl::random_scheduler_type, 60'000) &&
           holds<WhatWasWrittenIsSeen>(rl::fair_context_bound_scheduler_type, 0);
}
bool ticket_lock_is_exact_when_taken_again() { return holds<TakenAgain>(rl::random_scheduler_type, 20'000); }
bool ticket_lock_is_fair() { return holds<NobodyIsPassedTwice>(rl::random_scheduler_type, 60'000); }
