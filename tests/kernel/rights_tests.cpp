// SPDX-License-Identifier: MIT
//
// Who may do what with which memory, read from the live tables: every leaf of them, not the few that come to mind.

#include "selftest.hpp"

#include <arch/image.hpp>
#include <arch/linear_map.hpp>
#include <arch/layout/translation.hpp>
#include <mm/kernel_map.hpp>

using namespace quartet;

namespace {

// Tables lie in frames of the linear map, those of the image too.
const arch::TranslationTable& table_at(PhysAddr at) {
    return *static_cast<const arch::TranslationTable*>(
        arch::linear_pointer(Unsafe{"tables are never given back, and RAM is in the linear map"}, at));
}

// `visit` gets each leaf and how much it maps.
template <typename Visit>
void for_each_leaf(const arch::TranslationTable& table, usize size, Visit visit) {
    for (arch::Descriptor entry : table.entries) {
        if (!entry.valid()) continue;
        if (size > page_size && entry.is_table()) for_each_leaf(table_at(entry.address()), size / 512, visit);
        else visit(entry, size);
    }
}

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
    for_each_leaf(quartet_kernel_root, 1_GiB, [&](arch::Descriptor leaf, usize size) {
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
