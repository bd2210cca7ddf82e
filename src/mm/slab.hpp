// SPDX-License-Identifier: MIT
//
// A slab: a block of frames that is divided into objects of one size, with a header in front. Free
// objects are threaded through themselves; objects that were never handed out are not touched, so that
// a new slab costs nothing for those that nobody wants.
//
// Release:  | header | object | object | …
// Debug:    | header … guard | object, red zone, record, guard | object, …
// A byte written past either end of an object lands in a red zone or a guard, and is found on free.

#pragma once

#include <arch/atomic.hpp>
#include <base/assert.hpp>
#include <base/types.hpp>
#include <mm/call_chains.hpp>
#include <mm/frame_info.hpp>

#include <algorithm>

namespace quartet::mm {

class Cache;

// Objects of a cache are at most so large, and aligned to at most so much: what is larger is for whole frames.
inline constexpr usize largest_cached = 2_KiB;

enum class SlabPlace : u8 { Partial, Full, Damaged };

struct Slab {
    Slab* next;
    Slab* prev;
    Cache* cache;
    void* free;      // the object to hand out next, which holds the address of the one after it
    u32 in_use;      // objects that are not in this slab: allocated, or in a magazine
    u32 fresh;       // objects from this number on were never handed out
    SlabPlace place;  // the list that it is in
};

// Debug builds: the last bytes of every object's room.
struct ObjectRecord {
    uptr caller;              // where it was allocated
    u32 requested;            // bytes asked for; the red zone begins behind them
    arch::Atomic<u32> state;  // object_free or object_live; whoever changes it owns the change
    Owners owners;            // written by who owned the last change
    u64 guard;                // the left red zone of the next object
};

inline constexpr u32 object_free = 0xf4ee'0b1e;
inline constexpr u32 object_live = 0x11fe'0b1e;
inline constexpr u8 red_zone_byte = 0xbb;
inline constexpr u64 guard_word = 0xbbbb'bbbb'bbbb'bbbb;

struct SlabLayout {
    u32 size;      // of an object, as asked for
    u32 stride;    // from one object to the next
    u32 first;     // offset of the first object
    u32 order;     // of the block
    u32 capacity;  // objects

    static constexpr SlabLayout make(usize size, usize align, bool checks = checks_enabled) {
        const usize room = align_up(std::max<usize>(size, sizeof(void*)), 8);
        const usize extra = checks ? 8 + sizeof(ObjectRecord) : 0;
        const usize stride = align_up(room + extra, align);
        const usize first = align_up(sizeof(Slab) + (checks ? sizeof(guard_word) : 0), align);
        // The smallest block that holds eight, or of which less than an eighth is lost.
        u32 order = 0;
        for (; order < 3; ++order) {
            if (first + stride > block_bytes(order)) continue;
            const usize lost = first + (block_bytes(order) - first) % stride;
            if ((block_bytes(order) - first) / stride >= 8 || lost <= block_bytes(order) / 8) break;
        }
        const usize capacity = first < block_bytes(order) ? (block_bytes(order) - first) / stride : 0;
        return {static_cast<u32>(size), static_cast<u32>(stride), static_cast<u32>(first), order,
                static_cast<u32>(capacity)};
    }
};

// Offset in its slab of object number `index`.
constexpr usize object_offset(const SlabLayout& layout, u32 index) {
    return layout.first + usize{index} * layout.stride;
}

}  // namespace quartet::mm
