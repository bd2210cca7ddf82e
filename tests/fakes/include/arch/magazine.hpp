// SPDX-License-Identifier: MIT
//
// The host's magazines: the same steps as magazine.S, with a point of the simulation between them. A
// simulation that lets another thread run at such a point counts `sim_preemptions` up, and the sequence
// begins again, as the interrupt tail would make it.

#pragma once

#include <arch/layout/offsets.h>
#include <arch/sim_point.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::mm {
class Cache;
}

extern "C" void* quartet_cache_refill(quartet::mm::Cache* cache);
extern "C" void quartet_cache_flush(quartet::mm::Cache* cache, void* object);

namespace quartet::arch {

inline void* sim_magazine_table = nullptr;
inline u64 sim_preemptions = 0;

inline void set_magazine_table(Unsafe, void* table) noexcept {
    sim_point();
    sim_magazine_table = table;
}
class IrqsMasked;
inline void* magazine_table(const IrqsMasked&) noexcept {
    sim_point();
    return sim_magazine_table;
}

void* quartet_magazine_pop(mm::Cache* cache);
void quartet_magazine_push(mm::Cache* cache, void* object);

}  // namespace quartet::arch
