// SPDX-License-Identifier: MIT
//
// What is needed of a list for something to fail: first the shortest beginning, then without whatever piece can be
// spared, in smaller and smaller pieces (Zeller's ddmin). `fails` costs a run each time.

#pragma once

#include <base/types.hpp>

#include <algorithm>
#include <vector>

namespace quartet::sim {

template <typename T, typename Fails>
std::vector<T> least_of(std::vector<T> list, Fails fails, u32 most_runs) {
    u32 runs = 0;
    auto still = [&](const std::vector<T>& shorter) { return runs++ < most_runs && fails(shorter); };
    if (still({})) return {};
    // What is chosen after the failure is none of it, and often most of what is chosen before is not either.
    for (usize low = 0, high = list.size(); high - low > 1;) {
        const usize middle = low + (high - low) / 2;
        std::vector<T> beginning(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(middle));
        if (still(beginning)) {
            list = std::move(beginning);
            high = middle;
        } else {
            low = middle;
        }
    }
    for (usize piece = std::max<usize>(list.size() / 2, 1); !list.empty();) {
        bool spared = false;
        for (usize from = 0; from < list.size() && runs < most_runs;) {
            const usize end = std::min(from + piece, list.size());
            std::vector<T> shorter(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(from));
            shorter.insert(shorter.end(), list.begin() + static_cast<std::ptrdiff_t>(end), list.end());
            if (still(shorter)) {
                list = std::move(shorter);
                spared = true;
            } else {
                from = end;
            }
        }
        if (runs >= most_runs || (piece == 1 && !spared)) break;
        if (!spared || piece > list.size()) piece = std::max<usize>(std::min(piece, list.size()) / 2, 1);
    }
    return list;
}

}  // namespace quartet::sim
