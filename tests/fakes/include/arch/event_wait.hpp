// SPDX-License-Identifier: MIT
//
// The host's wait for a word: a poll, each round a point of the simulation.

#pragma once

#include <arch/atomic.hpp>

namespace quartet::arch {

inline void wait_until_equal(const Atomic<u16>& word, u16 value) noexcept {
    while (word.load(Order::Acquire) != value) sim_point();
}

}  // namespace quartet::arch
