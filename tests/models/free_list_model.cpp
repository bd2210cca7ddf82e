// SPDX-License-Identifier: MIT
//
// The free list's own source under a relaxed memory model: of each thing that it gives there is one owner at a time, and he
// sees what the last one wrote. Two owners, or a link that is read too early, show as a data race.

// Before relacy, which makes macros of words like `delete`.
#include <base/types.hpp>
#include <sync/free_list.hpp>

#include <relacy/relacy.hpp>

#include "models.hpp"

namespace {

using quartet::u32;
using quartet::u64;

struct ModelAtomics {
    enum class Order { Relaxed = rl::mo_relaxed, Acquire = rl::mo_acquire, Release = rl::mo_release };
    static rl::memory_order of(Order order) { return static_cast<rl::memory_order>(order); }

    template <typename T>
    class Value {
    public:
        Value(T value = 0) : value_(value) {}
        T load(Order order) const { return value_.load(of(order), $); }
        void store(T value, Order order) { value_.store(value, of(order), $); }
        bool compare_exchange_weak(T& expected, T desired, Order success, Order failure) {
            return value_.compare_exchange_weak(expected, desired, of(success), $, of(failure), $);
        }

    private:
        mutable rl::atomic<T> value_;
    };
    using Word = Value<u64>;
};

using List = quartet::sync::FreeList<ModelAtomics>;

constexpr u32 things = 2;

struct Things {
    List list{1};
    ModelAtomics::Value<u32> links[things];
    rl::var<int> contents[things];

    void fill() {
        for (u32 n = 0; n < things; ++n) {
            links[n].store(n + 1 < things ? n + 2 : 0, ModelAtomics::Order::Relaxed);
            contents[n]($) = 0;
        }
    }
    // 0: there is none.
    u32 take() {
        u64 word = list.look();
        while (List::names_one(word)) {
            const u32 number = List::first_in(word);
            if (list.take(links[number - 1], word)) return number;
        }
        return 0;
    }
    void put(u32 number) {
        u64 word = list.look_to_put();
        while (!list.put(number, links[number - 1], word)) {}
    }
};

// Three threads want two things. Whoever has one writes what the last one wrote, without any order of its own.
struct OneOwner : rl::test_suite<OneOwner, 3> {
    Things all;
    int taken = 0;

    void before() { all.fill(); }
    void thread(unsigned) {
        for (int round = 0; round < 2; ++round) {
            const u32 number = all.take();
            if (number == 0) continue;
            taken += 1;
            all.contents[number - 1]($) = all.contents[number - 1]($) + 1;
            all.put(number);
        }
    }
    void after() { RL_ASSERT(all.contents[0]($) + all.contents[1]($) == taken); }
};

// One takes both and puts them back the other way round while another one is about to take: the word that comes back.
struct WordThatComesBack : rl::test_suite<WordThatComesBack, 2> {
    Things all;

    void before() { all.fill(); }
    void thread(unsigned which) {
        if (which == 0) {
            const u32 one = all.take();
            const u32 two = all.take();
            if (one != 0) all.contents[one - 1]($) = 1;
            if (two != 0) all.contents[two - 1]($) = 1;
            if (one != 0) all.put(one);
            // It is kept: what is behind the other one now is nothing.
        } else {
            const u32 mine = all.take();
            const u32 other = all.take();
            if (mine != 0) all.contents[mine - 1]($) = 2;
            if (other != 0) all.contents[other - 1]($) = 2;
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

bool free_list_has_one_owner_for_each() { return holds<OneOwner>(rl::random_scheduler_type, 60'000); }
bool free_list_bears_a_word_that_comes_back() {
    return holds<WordThatComesBack>(rl::random_scheduler_type, 60'000) &&
           holds<WordThatComesBack>(rl::fair_context_bound_scheduler_type, 0);
}
