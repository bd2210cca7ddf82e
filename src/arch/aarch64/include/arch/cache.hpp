// SPDX-License-Identifier: MIT
//
// Cache maintenance by name. Needed wherever someone looks at memory without our caches: a device,
// a core that starts with its caches off, the instruction side. PoC is where all of them agree.

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

namespace detail {

// CTR_EL0.DminLine: log2 of the words in the smallest line (DDI 0487, D13.2.33).
inline usize data_line() noexcept {
    u64 ctr;
    asm("mrs %0, ctr_el0" : "=r"(ctr));
    return usize{4} << ((ctr >> 16) & 0xf);
}

template <typename Operation>
void for_each_line(const void* begin, usize size, usize line, Operation operation) noexcept {
    uptr end = reinterpret_cast<uptr>(begin) + size;
    for (uptr at = align_down(reinterpret_cast<uptr>(begin), line); at < end; at += line) operation(at);
}

}  // namespace detail

// What we wrote is in memory: before a device or an uncached core reads it. Context: any.
inline void clean_to_poc(const void* begin, usize size) noexcept {
    detail::for_each_line(begin, size, detail::data_line(), [](uptr at) {
        asm volatile("dc cvac, %0" : : "r"(at) : "memory");
    });
    asm volatile("dsb sy" : : : "memory");  // complete before the doorbell or the sev that follows
}

// What lies in the caches is written back and forgotten: the next read goes to memory.
inline void clean_invalidate_to_poc(const void* begin, usize size) noexcept {
    detail::for_each_line(begin, size, detail::data_line(), [](uptr at) {
        asm volatile("dc civac, %0" : : "r"(at) : "memory");
    });
    asm volatile("dsb sy" : : : "memory");
}

// What lies in the caches is forgotten: before we read what a device wrote. `begin` and `size` are
// multiples of the line, or a neighbour's data in the first and last line is lost with it.
inline void invalidate_to_poc(const void* begin, usize size) noexcept {
    detail::for_each_line(begin, size, detail::data_line(), [](uptr at) {
        asm volatile("dc ivac, %0" : : "r"(at) : "memory");
    });
    asm volatile("dsb sy" : : : "memory");
}

}  // namespace quartet::arch
