// SPDX-License-Identifier: MIT
//
// The heap's sizes: which cache serves how many bytes. Where the size is a constant, so is the answer.

#pragma once

#include <base/types.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace quartet::mm {

// Each a multiple of 16, so every object is aligned to 16, and a power of two to itself.
inline constexpr std::array<u16, 14> size_classes = {16,  32,  48,  64,  96,   128,  192,
                                                     256, 384, 512, 768, 1024, 1536, 2048};
inline constexpr usize largest_class = size_classes.back();
inline constexpr usize heap_align = 16;

namespace detail {

constexpr auto make_class_table() {
    std::array<u8, largest_class / 16 + 1> table{};
    for (usize i = 0; i < table.size(); ++i) {
        u8 index = 0;
        while (size_classes[index] < i * 16) ++index;
        table[i] = index;
    }
    return table;
}
inline constexpr auto class_table = make_class_table();

}  // namespace detail

// What is really looked up for `size` bytes at `align`: above 16, powers of two alone have the alignment.
constexpr usize class_size(usize size, usize align) {
    if (align <= heap_align) return size;
    return size > largest_class || align > largest_class ? std::max(size, largest_class + 1)
                                                         : std::bit_ceil(std::max(size, align));
}

// Index in `size_classes` of the class for `size` bytes. Pre: size <= largest_class.
constexpr u32 class_of(usize size) { return detail::class_table[(size + 15) / 16]; }

static_assert(class_of(0) == 0 && class_of(16) == 0 && class_of(17) == 1 && class_of(2048) == 13);
static_assert(class_size(24, 64) == 64 && class_size(100, 64) == 128 && class_size(48, 4096) > largest_class);

}  // namespace quartet::mm
