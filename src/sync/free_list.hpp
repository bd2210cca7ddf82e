// SPDX-License-Identifier: MIT
//
// A list of free things that have numbers, from 1 on, taken from and put to without a lock: one word names the first one, and
// each free one names the next. Who owns it may put a word of his own in its place (from `first_special` on), and
// nothing is taken or put until he puts another one there.
//
// Between looking at the first one's link and the exchange, others may take it, take the next one and put the first one
// back: then the word would name the same one with another link behind it. So its upper half counts what was put; to be
// mistaken, somebody would have to look, be held up while exactly 2^32 things are put, and find the same one in front.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>

namespace quartet::sync {

// What the list needs of the machine; the models put their own atomics here.
struct FreeListAtomics {
    using Word = arch::Atomic<u64>;
    using Order = arch::Order;
};

template <typename Atomics = FreeListAtomics>
class FreeList {
    using Order = typename Atomics::Order;

public:
    using Word = typename Atomics::Word;

    static constexpr u32 empty = 0;
    static constexpr u32 first_special = 0xffff'ff00;

    constexpr explicit FreeList(u32 first) : word_(first) {}

    static constexpr u32 first_in(u64 word) { return static_cast<u32>(word); }
    static constexpr bool names_one(u64 word) { return first_in(word) - 1 < first_special - 1; }
    static constexpr u64 with_first(u64 word, u32 first) { return (word & ~u64{0xffff'ffff}) | first; }

    // For `take` and special words. Acquire: pairs with the release in `put`, so that the first one's link is seen.
    [[gnu::always_inline]] u64 look() const noexcept { return word_.load(Order::Acquire); }
    // For `put`: nothing that it names is looked at.
    [[gnu::always_inline]] u64 look_to_put() const noexcept { return word_.load(Order::Relaxed); }
    Word& word() noexcept { return word_; }

    // Takes the one that `word` names, whose link is `link`, if that still is the word. False: `word` is what was found.
    template <typename Link>
    [[gnu::always_inline]] bool take(const Link& link, u64& word) noexcept {
        // Perhaps what its new owner wrote there: then the exchange fails. Acquire, also where it fails: as in `look`.
        const u32 next = link.load(Order::Relaxed);
        return word_.compare_exchange_weak(word, with_first(word, next), Order::Acquire, Order::Acquire);
    }

    // Puts number `number`, whose link is `link`, if `word` still is the word and not special. False: it is what was found.
    template <typename Link>
    [[gnu::always_inline]] bool put(u32 number, Link& link, u64& word) noexcept {
        if (first_in(word) >= first_special) [[unlikely]]
            return false;
        link.store(first_in(word), Order::Relaxed);
        // Release: pairs with the acquires above. Whoever takes one further down reads this word too, or one that was made
        // from it by exchanges alone, which pass the release on.
        return word_.compare_exchange_weak(word, with_first(word + one_put, number), Order::Release, Order::Relaxed);
    }

private:
    static constexpr u64 one_put = u64{1} << 32;

    Word word_;
};

}  // namespace quartet::sync
