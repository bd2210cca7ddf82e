// SPDX-License-Identifier: MIT
//
// The end of the start-up's privileges: what it alone wrote becomes read-only, the guards of the cores'
// exception stacks are taken out of the map, and what the first allocator did not give goes to the frame
// allocator.

#include <boot/core_stacks.hpp>
#include <boot/phase/phases.hpp>

#include <arch/image.hpp>
#include <arch/linear_map.hpp>
#include <base/assert.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>

namespace quartet::boot {

namespace {

uptr address(const std::byte* symbol) { return reinterpret_cast<uptr>(symbol); }

void hand_over_start_memory() {
    const std::span<std::byte> tail = mm::kernel_bump.close();
    if (tail.empty()) return;
    const PhysAddr begin = arch::linear_physical(Unsafe{"the start memory is reached by the linear map"}, tail.data());
    auto given = mm::kernel_frames.add_range(Unsafe{"the first allocator is closed: nobody was given any of it"},
                                             {begin, begin + tail.size()});
    check(given.has_value(), "the start memory lies in one bank");
}

}  // namespace

Done<phase::Seal> phase::Seal::run(const Done<Secondaries>&) {
    auto closed = mm::make_read_only(address(__sealed_begin), address(__sealed_end) - address(__sealed_begin));
    check(closed.has_value(), "the sealed part of the image is mapped by pages");
    for (const CoreStacks& stacks : quartet_core_stacks)
        mm::unmap(Unsafe{"nothing but a guard was ever meant to lie there"}, address(stacks.guard),
                  sizeof(stacks.guard));
    hand_over_start_memory();
    return {};
}

}  // namespace quartet::boot
