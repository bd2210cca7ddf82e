// SPDX-License-Identifier: MIT
//
// The restartable sequences of magazine.S as the models run them: in one piece, because no model interrupts them. What they
// read through the cache's word they find by its value: an address dependency (Arm ARM, B2.3.2), which relacy knows as acquire alone.

#include <arch/atomic.hpp>
#include <arch/magazine.hpp>

namespace quartet::arch {

namespace {

uptr& word(mm::Cache* cache, u64 offset) {
    const auto& slot = *reinterpret_cast<const Atomic<u64>*>(reinterpret_cast<const std::byte*>(cache) + CACHE_SLOT);
    return *reinterpret_cast<uptr*>(static_cast<std::byte*>(sim_magazine_table) + slot.load(Order::Acquire) + offset);
}

}  // namespace

void* quartet_magazine_pop(mm::Cache* cache) {
    uptr& top = word(cache, MAGAZINE_TOP);
    void* object = *reinterpret_cast<void**>(top);
    if (object == nullptr) return quartet_cache_refill(cache);
    top -= 8;
    return object;
}

void quartet_magazine_push(mm::Cache* cache, void* object) {
    uptr& top = word(cache, MAGAZINE_TOP);
    if (top >= word(cache, MAGAZINE_LIMIT)) return quartet_cache_flush(cache, object);
    *reinterpret_cast<void**>(top + 8) = object;
    top += 8;
}

}  // namespace quartet::arch
