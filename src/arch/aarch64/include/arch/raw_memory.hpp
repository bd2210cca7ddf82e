// SPDX-License-Identifier: MIT
//
// Memory or registers at an address that a person named, in the width that they named: for `peek` and
// `poke`. One access each, never split, never repeated.

#pragma once

#include <arch/layout/width.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

// Safety: `address` is mapped and a multiple of the width. What the access does to a device is the
// business of whoever asked.
inline u64 read_raw(Unsafe, uptr address, Width width) noexcept {
    u64 value = 0;
    switch (width) {
        case Width::Bits8: asm volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory"); break;
        case Width::Bits16: asm volatile("ldrh %w0, [%1]" : "=r"(value) : "r"(address) : "memory"); break;
        case Width::Bits32: asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory"); break;
        case Width::Bits64: asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory"); break;
    }
    return value;
}

// Safety: as `read_raw`, mapped writable, and nobody relies on what stands there.
inline void write_raw(Unsafe, uptr address, Width width, u64 value) noexcept {
    switch (width) {
        case Width::Bits8: asm volatile("strb %w0, [%1]" : : "r"(value), "r"(address) : "memory"); break;
        case Width::Bits16: asm volatile("strh %w0, [%1]" : : "r"(value), "r"(address) : "memory"); break;
        case Width::Bits32: asm volatile("str %w0, [%1]" : : "r"(value), "r"(address) : "memory"); break;
        case Width::Bits64: asm volatile("str %0, [%1]" : : "r"(value), "r"(address) : "memory"); break;
    }
}

}  // namespace quartet::arch
