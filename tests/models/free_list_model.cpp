// SPDX-License-Identifier: MIT
//
// The free list: of each thing that it gives there is one owner at a time, and he sees what the last one wrote. Two
// owners, or a link that is read too early, show as a data race.

#include "engine.hpp"

#include <arch/atomic.hpp>
#include <sync/free_list.hpp>

namespace quartet::model {
namespace {

using List = sync::FreeList<>;

constexpr u32 things = 2;

struct Things {
    List list{1};
    arch::Atomic<u32> links[things];
    u32 contents[things] = {};

    void fill() {
        for (u32 n = 0; n < things; ++n) links[n].store(n + 1 < things ? n + 2 : 0, arch::Order::Relaxed);
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

// Three cores want two things. Whoever has one writes what the last one wrote, without any order of its own.
struct OneOwner {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"POOL01", "what the free list gives has one owner, who sees what the last one wrote",
                                 6000};

    Things all;
    u32 taken[cores] = {};

    void before() { all.fill(); }
    void core(u32 self) {
        for (u32 round = 0; round < 2; ++round) {
            const u32 number = all.take();
            if (number == 0) continue;
            taken[self] += 1;
            all.contents[number - 1] += 1;
            all.put(number);
        }
    }
    void after() { require(all.contents[0] + all.contents[1] == taken[0] + taken[1] + taken[2], "one had two owners"); }
};
const Model<OneOwner> one_owner{"free-list"};

// One takes both and puts one back while another is about to take: the word that comes back.
struct WordThatComesBack {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "POOL01", "the free list is not mistaken about a word that comes back with another list behind it", 6000};

    Things all;

    void before() { all.fill(); }
    void core(u32 which) {
        const u32 one = all.take();
        const u32 two = all.take();
        if (one != 0) all.contents[one - 1] = which;
        if (two != 0) all.contents[two - 1] = which;
        // The other one is kept: what is behind this one now is nothing.
        if (which == 0 && one != 0) all.put(one);
    }
};
const Model<WordThatComesBack> comes_back{"free-list-word"};

}  // namespace
}  // namespace quartet::model
