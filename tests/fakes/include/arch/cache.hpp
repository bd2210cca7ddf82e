// SPDX-License-Identifier: MIT
//
// The host has no caches that a device could miss. What was done to which range is kept, so that a test
// can say that a buffer was cleaned before the doorbell and forgotten before the answer was read.

#pragma once

#include <arch/sim_point.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <vector>

namespace quartet::arch {

struct CacheOperation {
    enum class Kind : u8 { Clean, CleanInvalidate, Invalidate };
    Kind kind;
    const void* begin;
    usize size;
    bool operator==(const CacheOperation&) const = default;
};

inline std::vector<CacheOperation> sim_cache_operations;

// The real one unless a test says otherwise. No point: it never changes.
inline usize sim_write_back_granule = 64;
inline usize write_back_granule() noexcept { return sim_write_back_granule; }

inline void clean_to_poc(const void* begin, usize size) noexcept {
    sim_point();
    sim_cache_operations.push_back({CacheOperation::Kind::Clean, begin, size});
}
inline void clean_invalidate_to_poc(const void* begin, usize size) noexcept {
    sim_point();
    sim_cache_operations.push_back({CacheOperation::Kind::CleanInvalidate, begin, size});
}
inline void invalidate_to_poc(Unsafe, const void* begin, usize size) noexcept {
    sim_point();
    sim_cache_operations.push_back({CacheOperation::Kind::Invalidate, begin, size});
}

}  // namespace quartet::arch
