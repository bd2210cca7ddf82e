// SPDX-License-Identifier: MIT

#include <arch/magazine.hpp>

namespace quartet::arch {

namespace {

std::byte* magazine_of(mm::Cache* cache) {
    const u64 slot = *reinterpret_cast<const u64*>(reinterpret_cast<const std::byte*>(cache) + CACHE_SLOT);
    return static_cast<std::byte*>(sim_magazine_table) + slot;
}

template <typename T>
T& word(std::byte* base, u64 offset) {
    return *reinterpret_cast<T*>(base + offset);
}

}  // namespace

void* quartet_magazine_pop(mm::Cache* cache) {
    for (;;) {
        const u64 start = sim_preemptions;
        std::byte* magazine = magazine_of(cache);
        sim_point();
        const u64 top = word<u64>(magazine, MAGAZINE_TOP);
        sim_point();
        void* object = word<void*>(magazine, top);
        sim_point();
        if (sim_preemptions != start) continue;
        if (object == nullptr) return quartet_cache_refill(cache);
        word<u64>(magazine, MAGAZINE_TOP) = top - 8;
        return object;
    }
}

void quartet_magazine_push(mm::Cache* cache, void* object) {
    for (;;) {
        const u64 start = sim_preemptions;
        std::byte* magazine = magazine_of(cache);
        sim_point();
        const u64 top = word<u64>(magazine, MAGAZINE_TOP);
        const u64 limit = word<u64>(magazine, MAGAZINE_LIMIT);
        sim_point();
        if (sim_preemptions != start) continue;
        if (top >= limit) return quartet_cache_flush(cache, object);
        word<void*>(magazine, top + 8) = object;
        sim_point();
        if (sim_preemptions != start) continue;
        word<u64>(magazine, MAGAZINE_TOP) = top + 8;
        return;
    }
}

}  // namespace quartet::arch
