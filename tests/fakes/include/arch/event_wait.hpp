// SPDX-License-Identifier: MIT
//
// The host's wait for a word: a poll, each round a point of the simulation.

#pragma once

#include <arch/atomic.hpp>

#include <thread>

namespace quartet::arch {

inline void wait_until_equal(const Atomic<u16>& word, u16 value) noexcept {
    while (word.load(Order::Acquire) != value) {
        sim_point();
        std::this_thread::yield();  // the holder may wait for this processor
    }
}

}  // namespace quartet::arch
