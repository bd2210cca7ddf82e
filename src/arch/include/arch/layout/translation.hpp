// SPDX-License-Identifier: MIT
//
// Translation tables as DDI 0487, D5.3 defines them, for 4 KiB granules and 39 bits of virtual
// address: three levels of 512 entries, blocks of 2 MiB at level 2, pages at level 3.

#pragma once

#include <arch/layout/system.h>
#include <base/address.hpp>
#include <base/types.hpp>

namespace quartet::arch {

inline constexpr usize block_size = 2_MiB;
inline constexpr u32 table_entries = 512;

// What may be done with mapped memory. There is no writable and executable one.
enum class Access : u8 { ReadOnly, ReadWrite, Execute, Device };

class Descriptor {
public:
    constexpr Descriptor() = default;
    constexpr explicit Descriptor(u64 bits) : bits_(bits) {}

    static constexpr Descriptor table(PhysAddr next) { return Descriptor{next.value() | 0b11}; }
    static constexpr Descriptor page(PhysAddr at, Access access) {
        return Descriptor{at.value() | 0b11 | leaf(access)};
    }
    static constexpr Descriptor block(PhysAddr at, Access access) {
        return Descriptor{at.value() | 0b01 | leaf(access)};
    }

    constexpr u64 bits() const { return bits_; }
    constexpr bool valid() const { return (bits_ & 1) != 0; }
    // At levels 1 and 2: whether it points to the next table, not to memory.
    constexpr bool is_table() const { return (bits_ & 0b11) == 0b11; }
    constexpr PhysAddr address() const { return PhysAddr{bits_ & 0x0000'ffff'ffff'f000}; }
    constexpr bool read_only() const { return (bits_ & ap_read_only) != 0; }
    constexpr bool executable() const { return (bits_ & pxn) == 0; }
    constexpr bool executable_at_el0() const { return (bits_ & uxn) == 0; }
    constexpr bool device() const { return (bits_ & attributes(7)) == attributes(MAIR_DEVICE); }
    constexpr Descriptor without_write() const { return Descriptor{bits_ | ap_read_only}; }
    constexpr bool operator==(const Descriptor&) const = default;

private:
    static constexpr u64 af = 1ULL << 10;           // accessed: no access-flag faults
    static constexpr u64 inner_shareable = 3 << 8;  // coherent between the cores
    static constexpr u64 ap_read_only = 1 << 7;
    static constexpr u64 pxn = 1ULL << 53;  // never executed at EL1
    static constexpr u64 uxn = 1ULL << 54;  // nor at EL0
    static constexpr u64 attributes(u64 index) { return index << 2; }

    static constexpr u64 leaf(Access access) {
        switch (access) {
            case Access::ReadOnly: return af | inner_shareable | attributes(MAIR_NORMAL) | ap_read_only | pxn | uxn;
            case Access::ReadWrite: return af | inner_shareable | attributes(MAIR_NORMAL) | pxn | uxn;
            case Access::Execute: return af | inner_shareable | attributes(MAIR_NORMAL) | ap_read_only | uxn;
            case Access::Device: return af | attributes(MAIR_DEVICE) | pxn | uxn;
        }
        return 0;
    }

    u64 bits_ = 0;
};
static_assert(sizeof(Descriptor) == 8);

struct alignas(page_size) TranslationTable {
    Descriptor entries[table_entries];
};
static_assert(sizeof(TranslationTable) == page_size);

constexpr u32 index_at_level(u32 level, uptr address) {
    return static_cast<u32>(address >> (39 - 9 * level)) & (table_entries - 1);
}
static_assert(index_at_level(1, 0xffff'ffc0'0000'0000) == 256 && index_at_level(3, 0x1000) == 1);

}  // namespace quartet::arch
