// SPDX-License-Identifier: MIT
//
// Cache maintenance by name. Needed wherever someone looks at memory without our caches: a device,
// a core that starts with its caches off, the instruction side. PoC is where all of them agree.
//
// What a barrier is needed for (Arm ARM DDI 0487, "Ordering and completion of data and instruction cache instructions"):
//
// Before. An operation by address keeps its place in program order among this core's own loads and stores to the same
// line, so what this core wrote itself needs nothing. Towards every other access it has no place unless a DMB or DSB
// stands between. Two such accesses count: the load by which we learned that another core was done with its writes (an
// acquire orders later loads and stores, not maintenance), and the read of a device's register, or of the interrupt
// controller's, by which we learned that the device was done with its own. An invalidation that went before that read
// could drop the line before the device wrote, and a prefetch bring the old bytes back. `dmb sy`, because registers are
// outside the inner-shareable domain.
//
// After. An operation is complete for every observer when a DSB of its core has finished, not earlier: only then may a
// device be told to read, and only then does a load find what a device wrote. `dsb sy`, because PoC and the device are
// outside the inner-shareable domain.

#pragma once

#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

namespace detail {

inline u64 cache_types() noexcept {
    u64 ctr;
    asm("mrs %0, ctr_el0" : "=r"(ctr));
    return ctr;
}

// CTR_EL0.DminLine: log2 of the words in the smallest line (DDI 0487, D13.2.33).
inline usize data_line() noexcept { return usize{4} << ((cache_types() >> 16) & 0xf); }

template <typename Operation>
void for_each_line(const void* begin, usize size, Operation operation) noexcept {
    asm volatile("dmb sy" : : : "memory");  // "Before", above
    const usize line = data_line();
    uptr end = reinterpret_cast<uptr>(begin) + size;
    for (uptr at = align_down(reinterpret_cast<uptr>(begin), line); at < end; at += line) operation(at);
    asm volatile("dsb sy" : : : "memory");  // "After", above
}

}  // namespace detail

// The bytes that one write back may take with it: what shares no such piece with a buffer cannot be written over it.
// CTR_EL0.CWG; where that says nothing, the architecture's largest (DDI 0487, D13.2.33). 64 on the Cortex-A72.
inline usize write_back_granule() noexcept {
    const u64 words = (detail::cache_types() >> 24) & 0xf;
    return words == 0 ? 2_KiB : usize{4} << words;
}

// What any core wrote before is in memory: before a device or an uncached core reads it. Context: any. Cost: an
// instruction and a loop's step a line, and the barriers.
inline void clean_to_poc(const void* begin, usize size) noexcept {
    detail::for_each_line(begin, size, [](uptr at) { asm volatile("dc cvac, %0" : : "r"(at) : "memory"); });
}

// What lies in the caches is written back and forgotten: the next read goes to memory.
inline void clean_invalidate_to_poc(const void* begin, usize size) noexcept {
    detail::for_each_line(begin, size, [](uptr at) { asm volatile("dc civac, %0" : : "r"(at) : "memory"); });
}

// What lies in the caches is forgotten: before we read what a device wrote.
// Safety: `begin` and `size` are multiples of `write_back_granule`, else a neighbour's data in the first and last line is lost with
// it; and nothing that the CPU wrote there is wanted any more.
inline void invalidate_to_poc(Unsafe, const void* begin, usize size) noexcept {
    detail::for_each_line(begin, size, [](uptr at) { asm volatile("dc ivac, %0" : : "r"(at) : "memory"); });
}

}  // namespace quartet::arch
