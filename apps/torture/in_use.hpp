// SPDX-License-Identifier: MIT
//
// An account of all memory, for those who look whether anything is lost. Exact where nobody else takes or gives meanwhile, and
// what is made at first need and kept for ever (page tables, records of threads) is there.

#pragma once

#include <base/types.hpp>

namespace quartet::torture {

struct InUse {
    u64 frames_left;  // free, or held by caches and by the stacks of threads that have ended, which give them to the next
    u64 live_objects;  // of all caches
    bool operator==(const InUse&) const = default;
};

// Context: thread. Cost: a walk over all records of threads, and the empty slabs are given back.
InUse in_use() noexcept;

}  // namespace quartet::torture
