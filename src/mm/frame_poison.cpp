// SPDX-License-Identifier: MIT

#include <arch/linear_map.hpp>
#include <mm/frame_poison.hpp>

namespace quartet::mm {

namespace {

u64* words(PhysAddr address) noexcept {
    return static_cast<u64*>(arch::linear_pointer(Unsafe{"frames of the allocator are in the linear map"}, address));
}

}  // namespace

void fill_with_poison(Unsafe, PhysAddr block, usize bytes) noexcept {
    u64* word = words(block);
    for (usize i = 0; i < bytes / sizeof(u64); ++i) word[i] = frame_poison;
}

std::optional<PoisonDamage> find_poison_damage(PhysAddr frame) noexcept {
    const u64* word = words(frame);
    for (usize i = 0; i < page_size / sizeof(u64); ++i) {
        if (word[i] != frame_poison) return PoisonDamage{frame, frame + i * sizeof(u64), word[i]};
    }
    return std::nullopt;
}

}  // namespace quartet::mm
