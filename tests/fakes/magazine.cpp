// SPDX-License-Identifier: MIT

#include <arch/magazine.hpp>

namespace quartet::arch {

namespace {

// A word of this core's magazine of this cache.
uptr& word(mm::Cache* cache, u64 offset) {
    const u64 slot = *reinterpret_cast<const u64*>(reinterpret_cast<const std::byte*>(cache) + CACHE_SLOT);
    return *reinterpret_cast<uptr*>(static_cast<std::byte*>(sim_magazine_table) + slot + offset);
}

void*& object_at(uptr place) { return *reinterpret_cast<void**>(place); }

}  // namespace

void* quartet_magazine_pop(mm::Cache* cache) {
    for (;;) {
        const u64 start = sim_preemptions;
        uptr& top_word = word(cache, MAGAZINE_TOP);
        sim_point();
        const uptr top = top_word;
        sim_point();
        void* object = object_at(top);
        sim_point();
        if (sim_preemptions != start) continue;
        if (object == nullptr) return quartet_cache_refill(cache);
        top_word = top - 8;
        return object;
    }
}

void quartet_magazine_push(mm::Cache* cache, void* object) {
    for (;;) {
        const u64 start = sim_preemptions;
        uptr& top_word = word(cache, MAGAZINE_TOP);
        const uptr& limit_word = word(cache, MAGAZINE_LIMIT);
        sim_point();
        const uptr top = top_word;
        const uptr limit = limit_word;
        sim_point();
        if (sim_preemptions != start) continue;
        if (top >= limit) return quartet_cache_flush(cache, object);
        object_at(top + 8) = object;
        sim_point();
        if (sim_preemptions != start) continue;
        top_word = top + 8;
        return;
    }
}

}  // namespace quartet::arch
