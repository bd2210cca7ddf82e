// SPDX-License-Identifier: MIT
//
// The first tables, built while the MMU is off: the image at its linked address, page by page with
// the rights of its parts and without the guards of its stacks, and one page at its own address for the switch.
//
// This file runs at the load address. Its rules (a script checks the disassembly): strict alignment,
// no atomics, no calls outside this file, no pointers stored in tables of constants.

#include <arch/layout/translation.hpp>
#include <arch/image.hpp>
#include <boot/core_stacks.hpp>

namespace quartet::boot {

using arch::Access;
using arch::Descriptor;
using arch::image_base;
using arch::image_tables;
using arch::TranslationTable;

namespace {

[[gnu::section(".bss.early")]] TranslationTable image_level2;
[[gnu::section(".bss.early")]] TranslationTable image_level3[image_tables];
[[gnu::section(".bss.early")]] TranslationTable idmap_level2;
[[gnu::section(".bss.early")]] TranslationTable idmap_level3;

// With the MMU off, an object's address is its physical address.
PhysAddr here(const void* object) { return PhysAddr{reinterpret_cast<uptr>(object)}; }

void clear(TranslationTable& table) {
    for (Descriptor& entry : table.entries) entry = Descriptor{};
}

bool in_guard(const std::byte* page) {
    auto offset = static_cast<usize>(page - reinterpret_cast<const std::byte*>(quartet_core_stacks));
    if (offset < sizeof(quartet_core_stacks)) return is_guard(offset % sizeof(CoreStacks));
    return page >= __boot_guard && page < __boot_stack;
}

Access rights_of(const std::byte* page) {
    if (page < __text_end) return Access::Execute;
    if (page < __rodata_end) return Access::ReadOnly;
    return Access::ReadWrite;
}

void map_image() {
    clear(quartet_kernel_root);
    clear(image_level2);
    quartet_kernel_root.entries[arch::index_at_level(1, image_base)] = Descriptor::table(here(&image_level2));
    const std::byte* page = _start;
    for (u32 block = 0; block < image_tables; ++block) {
        TranslationTable& level3 = image_level3[block];
        clear(level3);
        image_level2.entries[block] = Descriptor::table(here(&level3));
        for (u32 i = 0; i < arch::table_entries && page < __image_end; ++i, page += page_size) {
            if (!in_guard(page)) level3.entries[i] = Descriptor::page(here(page), rights_of(page));
        }
    }
}

void map_switch_page() {
    clear(quartet_idmap_root);
    clear(idmap_level2);
    clear(idmap_level3);
    uptr page = align_down(here(quartet_idmap).value(), page_size);
    quartet_idmap_root.entries[arch::index_at_level(1, page)] = Descriptor::table(here(&idmap_level2));
    idmap_level2.entries[arch::index_at_level(2, page)] = Descriptor::table(here(&idmap_level3));
    idmap_level3.entries[arch::index_at_level(3, page)] = Descriptor::page(PhysAddr{page}, Access::Execute);
}

}  // namespace

// Safety: head.S calls it once, MMU off, on the boot stack, with .early invalidated to PoC before;
// head.S invalidates it again afterwards, so that the table walker reads what was written here.
extern "C" void quartet_early_map() noexcept {
    map_image();
    map_switch_page();
}

}  // namespace quartet::boot
