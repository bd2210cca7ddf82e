// SPDX-License-Identifier: MIT
//
// Who may do what with which memory, read from the live tables: every leaf of them, not the few that come to mind.

#include "selftest.hpp"

#include <arch/image.hpp>
#include <arch/linear_map.hpp>
#include <arch/layout/translation.hpp>
#include <arch/probe.hpp>
#include <arch/translation.hpp>
#include <mm/kernel_map.hpp>

#include "threads.hpp"

using namespace quartet;

namespace {

// Tables lie in frames of the linear map, those of the image too.
const arch::TranslationTable& table_at(PhysAddr at) {
    return *static_cast<const arch::TranslationTable*>(
        arch::linear_pointer(Unsafe{"tables are never given back, and RAM is in the linear map"}, at));
}

// `visit` gets each leaf, the address that it maps, and how much of it.
template <typename Visit>
void for_each_leaf(const arch::TranslationTable& table, uptr at, usize size, Visit visit) {
    for (arch::Descriptor entry : table.entries) {
        if (entry.valid() && size > page_size && entry.is_table()) {
            for_each_leaf(table_at(entry.address()), at, size / 512, visit);
        } else if (entry.valid()) {
            visit(entry, at, size);
        }
        at += size;
    }
}

// All that this core's TTBR1 leads to.
template <typename Visit>
void for_each_live_leaf(Visit visit) {
    for_each_leaf(table_at(arch::kernel_tables()), arch::linear_base, 1_GiB, visit);
}

uptr address(const std::byte* place) { return __builtin_bit_cast(uptr, place); }

bool touches(PhysAddr begin, usize size, PhysRange range) { return begin < range.end && range.begin < begin + size; }

bool read_only_in_image(PhysAddr frame) {
    const PhysRange image = mm::image_range();
    if (!image.contains(frame)) return false;
    auto view = mm::lookup(arch::image_base + (frame - image.begin));
    return view && !view->writable;
}

}  // namespace

SELFTEST("BMP03",
         "no view of sealed memory, of text or of constants is writable, and nothing is writable and executable") {
    u32 leaves = 0;
    u32 wrong = 0;
    for_each_live_leaf([&](arch::Descriptor leaf, uptr, usize size) {
        ++leaves;
        if (leaf.read_only()) return;
        if (leaf.executable()) ++wrong;
        for (usize at = 0; at < size; at += page_size) {
            if (read_only_in_image(leaf.address() + at)) ++wrong;
        }
    });
    EXPECT_EQ(wrong, 0u);
    EXPECT(leaves > 512);
    // And the image has what the seal is about.
    EXPECT(mm::image_physical(__sealed_begin) < mm::image_physical(__sealed_end));
    EXPECT(read_only_in_image(mm::image_physical(__sealed_begin)));
}

SELFTEST("EXC03",
         "what is executed is the image's text alone, and nothing that can write reaches it or the constants") {
    const PhysRange text{mm::image_physical(_start), mm::image_physical(__text_end)};
    const PhysRange kept[] = {
        {text.begin, mm::image_physical(__boot_begin)},  // between the two: given back as any other RAM
        {mm::image_physical(__boot_end), text.end},
        {text.end, mm::image_physical(__rodata_end)}};
    const uptr begin = address(_start);
    const uptr end = address(__text_end);
    u32 both = 0;
    u32 strangers = 0;
    u32 aliases = 0;
    usize executable = 0;
    for_each_live_leaf([&](arch::Descriptor leaf, uptr at, usize size) {
        if (leaf.executable() && !leaf.read_only()) ++both;
        if (leaf.executable_at_el0()) ++strangers;
        if (leaf.executable()) executable += size;
        if (leaf.executable() && (at < begin || at + size > end || !text.contains(leaf.address()))) ++strangers;
        bool sees = false;
        for (const PhysRange& range : kept) sees |= touches(leaf.address(), size, range);
        // Not even for reading: text and constants have one view.
        if (sees && (at < begin || at >= address(__rodata_end))) ++aliases;
        if (sees && !leaf.read_only()) ++aliases;
    });
    EXPECT_EQ(both, 0u);
    EXPECT_EQ(strangers, 0u);
    EXPECT_EQ(aliases, 0u);
    // All of the text but the whole pages that the start-up gave back.
    const usize given_back = address(__boot_end) - align_up(address(__boot_begin), page_size);
    EXPECT_EQ(executable, static_cast<usize>(__text_end - _start) - given_back);
}

SELFTEST("EXC03", "registers of devices are Device memory wherever they are mapped, and never executed") {
    u32 devices = 0;
    u32 wrong = 0;
    for_each_live_leaf([&](arch::Descriptor leaf, uptr at, usize) {
        const bool window = at >= mm::device_window && at - mm::device_window < mm::window_size;
        if (leaf.device()) ++devices;
        if (leaf.device() != window || (leaf.device() && leaf.executable())) ++wrong;
    });
    EXPECT_EQ(wrong, 0u);
    EXPECT(devices >= 3);  // the interrupt controller's two, and the console's
}

SELFTEST("EXC03",
         "on every core the same tables are live, and the lower half, the page of null in it, is not translated") {
    PhysAddr roots[max_cores];
    bool walked[max_cores] = {};
    bool null_read[max_cores] = {};
    selftest_detail::on_every_core(run, [&](u32 core) {
        roots[core] = arch::kernel_tables();
        walked[core] = arch::lower_half_walked();
        null_read[core] = arch::readable(0) || arch::readable(0x80000);
    });
    const PhysAddr root = mm::image_physical(&quartet_kernel_root);
    for (u32 core = 0; core < max_cores; ++core) {
        if (!kernel::irq::core_started(core)) continue;
        EXPECT(roots[core] == root);
        EXPECT(!walked[core]);
        EXPECT(!null_read[core]);
    }
    // Nor has the upper half a page at its null: the lowest address is RAM's first, and RAM begins with the image or below.
    EXPECT(!mm::lookup(0).has_value());
}
