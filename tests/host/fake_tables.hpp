// SPDX-License-Identifier: MIT
//
// The kernel's tables over fake RAM, for a process of its own (fakes/apart.hpp): where new ones come from, the image as the
// start-up maps it, and a walk of the tables as the machine does it.

#pragma once

#include "fake_ram.hpp"

#include <arch/image.hpp>
#include <arch/layout/translation.hpp>
#include <mm/kernel_map.hpp>

#include <optional>

namespace quartet::fakes {

// What a walk ends at, by the bits of DDI 0487, D5.3.3, not by the names that the kernel has for them.
struct Leaf {
    u64 bits;
    u64 physical;  // of the address itself
    usize size;

    u64 attributes() const { return bits >> 2 & 7; }
    u64 shareable() const { return bits >> 8 & 3; }
    bool accessed() const { return (bits >> 10 & 1) != 0; }
    bool for_el0() const { return (bits >> 6 & 1) != 0; }
    bool writable() const { return (bits >> 7 & 1) == 0; }
    bool executable() const { return (bits >> 53 & 1) == 0; }
    bool executable_at_el0() const { return (bits >> 54 & 1) == 0; }
};

class FakeTables {
public:
    static constexpr PhysAddr ram_begin{0x1000'0000};
    static constexpr u64 load_address = 0x8'0000;

    FakeTables() : ram_{ram_begin, 8_MiB} { mm::use_table_source(take); }

    static Result<PhysAddr> take() {
        if (left == 0) return fail(Error::NoMemory);
        left -= 1;
        taken += 1;
        PhysAddr page = ram_begin + (taken - 1) * page_size;
        // Content unknown, as the caller is told.
        auto* words = static_cast<u64*>(arch::linear_pointer(Unsafe{"the fake RAM"}, page));
        for (usize n = 0; n < page_size / 8; ++n) words[n] = 0x5555'5555'5555'5557;
        return page;
    }
    static inline usize left = 1000;
    static inline usize taken = 0;

    // The image as early_map.cpp leaves it: code that is executed, constants that are read, data that is written.
    void map_image() {
        map_image_part(_start, __text_end, arch::Access::Execute);
        map_image_part(__text_end, __rodata_end, arch::Access::ReadOnly);
        map_image_part(__rodata_end, __image_end, arch::Access::ReadWrite);
    }

    static std::optional<Leaf> walk(uptr va) {
        const u64 level1 = word(&quartet_kernel_root, va >> 30 & 511);
        if ((level1 & 3) != 3) return {};
        const u64 level2 = word(table_at(level1), va >> 21 & 511);
        if ((level2 & 1) == 0) return {};
        if ((level2 & 2) == 0) return Leaf{level2, (level2 & 0xffff'ffe0'0000) + (va & 0x1f'ffff), 2_MiB};
        const u64 level3 = word(table_at(level2), va >> 12 & 511);
        if ((level3 & 1) == 0) return {};
        return Leaf{level3, (level3 & 0xffff'ffff'f000) + (va & 0xfff), page_size};
    }

private:
    static u64 word(const void* table, usize index) { return static_cast<const u64*>(table)[index]; }
    static const void* table_at(u64 entry) {
        const u64 at = entry & 0xffff'ffff'f000;
        if (PhysRange{ram_begin, ram_begin + 8_MiB}.contains(PhysAddr{at}))
            return arch::linear_pointer(Unsafe{"the fake RAM"}, PhysAddr{at});
        return reinterpret_cast<const void*>(arch::image_base + (at - load_address));  // the map's own pool
    }

    static void map_image_part(const std::byte* begin, const std::byte* end, arch::Access access) {
        const uptr first = reinterpret_cast<uptr>(begin);
        arch::Descriptor& level1 = quartet_kernel_root.entries[arch::index_at_level(1, first)];
        if (!level1.valid()) level1 = new_table();
        arch::Descriptor& level2 = entries(level1)[arch::index_at_level(2, first)];
        if (!level2.valid()) level2 = new_table();
        for (uptr at = first; at < reinterpret_cast<uptr>(end); at += page_size)
            entries(level2)[arch::index_at_level(3, at)] =
                arch::Descriptor::page(PhysAddr{load_address + (at - arch::image_base)}, access);
    }
    static arch::Descriptor new_table() {
        const PhysAddr page = *take();
        auto& table = *static_cast<arch::TranslationTable*>(arch::linear_pointer(Unsafe{"the fake RAM"}, page));
        table = {};
        return arch::Descriptor::table(page);
    }
    static arch::Descriptor* entries(arch::Descriptor table) {
        return static_cast<arch::TranslationTable*>(arch::linear_pointer(Unsafe{"the fake RAM"}, table.address()))
            ->entries;
    }

    FakeRam ram_;
};

}  // namespace quartet::fakes
