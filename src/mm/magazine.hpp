// SPDX-License-Identifier: MIT
//
// Magazines: for each core and each cache a small stack of free objects, from which the common allocate
// and free are served without a lock. Only the core itself touches its magazines: by the restartable
// sequences of arch/magazine.hpp, or with interrupts masked, as here.

#pragma once

#include <arch/glance.hpp>
#include <arch/irq_mask.hpp>
#include <arch/layout/offsets.h>
#include <base/types.hpp>

#include <array>
#include <cstddef>

namespace quartet::mm {

class Cache;

// All zero: nobody's, and never looked at by the sequences.
struct alignas(256) Magazine {
    uptr top;      // where the object to take next stands; `bottom` where there is none
    uptr limit;    // `top` of a full magazine
    void* bottom;  // always null
    std::array<void*, 29> objects;

    // Empty, with room for `room` objects. Without room it is empty and full at once: every operation takes the slow path.
    void begin(u32 room) {
        top = reinterpret_cast<uptr>(&bottom);
        limit = top + room * sizeof(void*);
    }

    u32 count() const { return objects_up_to(top); }
    // The same of another core's, which may be at work on it.
    u32 count_about() const {
        return objects_up_to(
            arch::glance(Unsafe{"its core alone writes it, and a number for a report may be old"}, top));
    }
    u32 capacity() const { return objects_up_to(limit); }
    bool full() const { return top >= limit; }

    // Pre: not full, and not empty.
    void push(void* object) {
        objects[count()] = object;
        top += 8;
    }
    void* pop() {
        top -= 8;
        return objects[count()];
    }
    // Forget the `n` objects that lie here longest: the others are more likely to be in the data cache.
    void drop_oldest(u32 n) {
        for (u32 i = n; i < count(); ++i) objects[i - n] = objects[i];
        top -= n * 8;
    }

private:
    u32 objects_up_to(uptr place) const {
        return place == 0 ? 0 : static_cast<u32>((place - reinterpret_cast<uptr>(&bottom)) / sizeof(void*));
    }
};
static_assert(sizeof(Magazine) == 256);
static_assert(MAGAZINE_TOP == 0, "magazine.S loads and stores it by two registers");
static_assert(offsetof(Magazine, top) == MAGAZINE_TOP && offsetof(Magazine, limit) == MAGAZINE_LIMIT);
static_assert(offsetof(Magazine, bottom) == MAGAZINE_BOTTOM && offsetof(Magazine, objects) == MAGAZINE_BOTTOM + 8);

inline constexpr u32 magazine_slots = 48;  // slot 0 belongs to caches that were not used yet, and has no room

struct CoreMagazines {
    std::array<Magazine, magazine_slots> slots{};
};

// This core allocates from its own magazines from here on. Context: once on each core, before the first
// allocation there, interrupts masked.
void enter_core(u32 core) noexcept;
// The same where its magazines are in use already, and the register alone was lost. Context: as above.
void reenter_core(u32 core) noexcept;

// Give `cache` a slot in every core's magazines, with room for `capacity` objects each, and an entry in the
// list of caches. Context: thread or boot. Returns the slot's offset; 0 if none is left.
u64 claim_magazines(Cache& cache, u32 capacity);

// Pre: the magazines of that slot are empty, and nobody uses the cache any more.
void release_magazines(u64 slot);

// The running core's magazine. It is this core's until interrupts open.
Magazine& this_magazine(u64 slot, const arch::IrqsMasked&) noexcept;

// Another core's, for counting (the number may be a moment old) and for emptying when nobody uses the cache.
Magazine& magazine_of(u32 core, u64 slot) noexcept;

// Call `visit` with the cache that owns slot number `slot`, 1 to magazine_slots - 1. Returns false where the
// slot has no owner. Context: any; `visit` runs with interrupts masked and may take the cache's own lock.
bool visit_cache(u32 slot, void (*visit)(Cache& cache, void* context), void* context);

}  // namespace quartet::mm
