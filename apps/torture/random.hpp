// SPDX-License-Identifier: MIT
//
// Numbers that look random and are the same for the same seed: splitmix64.

#pragma once

#include <base/types.hpp>

namespace quartet::torture {

// One word to another, each to one only: for checksums and for streams of numbers.
constexpr u64 mixed(u64 word) {
    word += 0x9e37'79b9'7f4a'7c15;
    word = (word ^ word >> 30) * 0xbf58'476d'1ce4'e5b9;
    word = (word ^ word >> 27) * 0x94d0'49bb'1331'11eb;
    return word ^ word >> 31;
}

class Random {
public:
    // `stream`: of one seed, as many independent sequences as there are users.
    constexpr Random(u64 seed, u64 stream) : state_(mixed(seed) ^ mixed(stream << 32 | 1)) {}

    constexpr u64 next() { return mixed(state_++); }
    // 0 <= n < limit.
    constexpr u32 below(u32 limit) { return static_cast<u32>(next() % limit); }
    // From `least` to `most`.
    constexpr u32 from(u32 least, u32 most) { return least + below(most - least + 1); }
    constexpr bool one_in(u32 n) { return below(n) == 0; }

private:
    u64 state_;
};

}  // namespace quartet::torture
