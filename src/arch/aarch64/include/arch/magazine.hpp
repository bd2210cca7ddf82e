// SPDX-License-Identifier: MIT
//
// This core's magazines: their address lives in TPIDRRO_EL0, which EL0 could only read, so that one
// instruction finds them from any context, with interrupts open. The fault path of handlers alone borrows that
// register (vectors.S); it never comes back, and what runs after it on its core allocates nothing.

#pragma once

#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::mm {
class Cache;
}

namespace quartet::arch {

// In magazine.S. Cost without a miss: 8 and 9 instructions.
extern "C" void* quartet_magazine_pop(mm::Cache* cache);
extern "C" void quartet_magazine_push(mm::Cache* cache, void* object);

// Safety: `table` belongs to this core alone, and lives for ever.
inline void set_magazine_table(Unsafe, void* table) noexcept {
    asm volatile("msr tpidrro_el0, %0" : : "r"(table) : "memory");
}

class IrqsMasked;

// Interrupts are masked by the caller, who shows it: else the answer may be another core's before it is used.
[[gnu::always_inline]] inline void* magazine_table(const IrqsMasked&) noexcept {
    void* table;
    asm volatile("mrs %0, tpidrro_el0" : "=r"(table));
    return table;
}

}  // namespace quartet::arch
