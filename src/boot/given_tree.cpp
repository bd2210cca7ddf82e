// SPDX-License-Identifier: MIT

#include <boot/given_tree.hpp>

#include <fdt/header.hpp>
#include <mm/kernel_map.hpp>

namespace quartet::boot {

namespace {

// Where a tree may lie before anything is known. The first GiB of a Raspberry Pi 4, wherever the image lies: RAM
// below what the VideoCore usually has; the first page belongs to the firmware's stub and spin table,
// unless the tree itself lies at 0 (an ELF loader puts it there).
constexpr PhysRange low_ram{PhysAddr{0x1000}, PhysAddr{0x3b40'0000}};

// And the GiB that the image is in, on a machine whose RAM begins elsewhere, or where a loader put both high.
PhysRange plausible_around(PhysAddr at) {
    const u64 gib = align_down(mm::image_range().begin.value(), 1_GiB);
    if (gib == 0 || at < low_ram.end) return low_ram;
    return {PhysAddr{gib}, PhysAddr{gib} + 1_GiB};
}

bool may_be_followed(u64 x0) {
    const PhysRange plausible = plausible_around(PhysAddr{x0});
    if (!is_aligned(x0, 8) || !plausible.contains(PhysAddr{x0})) return false;
    PhysRange first_page{PhysAddr{x0}, PhysAddr{x0} + page_size};
    return plausible.contains(first_page) && !mm::image_range().overlaps(first_page);
}

// The window shows [at, at + size) and whatever else its pages hold.
Result<std::span<const std::byte>> show(PhysAddr at, usize size) {
    PhysAddr begin{align_down(at.value(), page_size)};
    PhysAddr end{align_up(at.value() + size, page_size)};
    TRY(mm::map(Unsafe{"nobody writes to the tree, and this view cannot"}, mm::tree_window, begin, end - begin,
                mm::Access::ReadOnly));
    return std::span{reinterpret_cast<const std::byte*>(mm::tree_window + (at - begin)), size};
}

void hide(PhysAddr at, usize size) {
    u64 begin = align_down(at.value(), page_size);
    mm::unmap(Unsafe{"nothing was kept of what the window showed"}, mm::tree_window,
              align_up(at.value() + size, page_size) - begin);
}

// The tree at `at`, mapped; or the fault of what is there; or neither, where it does not look like a tree.
TreeSearch look_at(PhysAddr at, TreeSource source) {
    TreeSearch search;
    usize first = page_size - (at.value() & (page_size - 1));
    auto head = show(at, first < fdt::header_bytes ? fdt::header_bytes : first);
    if (!head) return search;
    std::expected<u32, fdt::Fault> size = fdt::header_size(*head);
    hide(at, head->size());
    if (!size) {
        if (size.error().kind != fdt::Fault::Kind::BadMagic) search.refused = size.error();
        return search;
    }
    // What it claims to be must lie in RAM as well, before it is read.
    if (at + *size > plausible_around(at).end) {
        search.refused = fdt::Fault{fdt::Fault::Kind::SizeTooLarge, 4};
        return search;
    }
    auto bytes = show(at, *size);
    if (!bytes) return search;
    std::expected<fdt::Tree, fdt::Fault> tree = fdt::Tree::open(*bytes);
    if (!tree) {
        hide(at, *size);
        search.refused = tree.error();
        return search;
    }
    search.tree = GivenTree{.source = source, .at = at, .bytes = *bytes};
    return search;
}

}  // namespace

TreeSearch find_given_tree(u64 x0) {
    TreeSearch first;
    const bool followed = may_be_followed(x0);
    if (followed) first = look_at(PhysAddr{x0}, TreeSource::X0);
    if (first.tree) return first;
    TreeSearch second = look_at(PhysAddr{0}, TreeSource::AddressZero);
    if (!second.tree && first.refused) second.refused = first.refused;
    second.x0_not_followed = x0 != 0 && !followed;
    return second;
}

}  // namespace quartet::boot
