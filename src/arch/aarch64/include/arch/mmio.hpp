// SPDX-License-Identifier: MIT
//
// Device registers: 32-bit accesses at an offset, through a mapping with Device-nGnRE attributes.

#pragma once

#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

class MmioRegion {
public:
    // Safety: `base` is the address of a device's registers, mapped as Device memory for as long
    // as this object is used, and nobody else believes to own them.
    constexpr MmioRegion(Unsafe, uptr base) : base_(base) {}

    // Context: any. Device accesses of one core reach one device in program order; what must be
    // ordered against Normal memory says so with a barrier (arch/barrier.hpp).
    u32 read32(u32 offset) const noexcept {
        u32 value;
        asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(base_ + offset) : "memory");
        return value;
    }
    void write32(u32 offset, u32 value) const noexcept {
        asm volatile("str %w0, [%1]" : : "r"(value), "r"(base_ + offset) : "memory");
    }

    constexpr uptr base() const { return base_; }

private:
    uptr base_;
};

}  // namespace quartet::arch
