// SPDX-License-Identifier: MIT
//
// What is left of the image when the start-up is over.

#include "selftest.hpp"

#include <arch/image.hpp>
#include <arch/linear_map.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>

using namespace quartet;

SELFTEST("BMP03", "what only the start-up ran is not mapped where it was, and free memory like any other") {
    const usize size = static_cast<usize>(__boot_end - __boot_begin);
    EXPECT(size >= 16_KiB);
    for (usize at = 0; at < size; at += page_size) {
        EXPECT(!mm::lookup(reinterpret_cast<uptr>(__boot_begin) + at));
        const PhysAddr frame = mm::image_physical(__boot_begin + at);
        EXPECT(mm::kernel_frames.owns(frame));
        auto view = mm::lookup(arch::linear_base + frame.value());
        EXPECT(view && view->physical == frame && view->writable && !view->executable);
    }
    // Its neighbours are what they were.
    auto before = mm::lookup(reinterpret_cast<uptr>(__boot_begin) - page_size);
    EXPECT(before && before->executable && !before->writable);
    EXPECT(!mm::lookup(arch::linear_base + mm::image_physical(__boot_begin).value() - page_size));
    auto behind = mm::lookup(reinterpret_cast<uptr>(__boot_end));
    EXPECT(behind && !behind->writable);
    EXPECT(!mm::lookup(arch::linear_base + mm::image_physical(__boot_end).value()));
}
