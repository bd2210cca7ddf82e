// SPDX-License-Identifier: MIT
//
// The end of the start-up's privileges: what it alone wrote becomes read-only, what only it ran is taken out of the
// map and becomes free memory, and so does what the first allocator did not give. Resident itself, like boot.cpp and
// start_application.cpp: it cannot take away the ground that it stands on.

#include <boot/core_stacks.hpp>
#include <boot/phase/phases.hpp>
#include <boot/report.hpp>

#include <arch/image.hpp>
#include <arch/linear_map.hpp>
#include <base/assert.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>

namespace quartet::boot {

namespace {

uptr address(const std::byte* symbol) { return reinterpret_cast<uptr>(symbol); }

// In front of it is code that stays, on a page that then stays whole.
const std::byte* first_page_of(const std::byte* begin) { return begin + (-address(begin) & (page_size - 1)); }

// Where the image is linked and in the linear map: one view that is still writable would make the other one's rights
// an ornament.
void close_sealed() {
    const usize size = address(__sealed_end) - address(__sealed_begin);
    for (uptr view : {address(__sealed_begin), arch::linear_base + mm::image_physical(__sealed_begin).value()})
        check(mm::make_read_only(view, size).has_value(), "the sealed part of the image is mapped by pages");
}

void hand_over_start_memory() {
    const std::span<std::byte> tail = mm::kernel_bump.close();
    if (tail.empty()) return;
    const PhysAddr begin = arch::linear_physical(Unsafe{"the start memory is reached by the linear map"}, tail.data());
    auto given = mm::kernel_frames.add_range(Unsafe{"the first allocator is closed: nobody was given any of it"},
                                             {begin, begin + tail.size()});
    check(given.has_value(), "the start memory lies in one bank");
}

// Pages of the image that nobody uses any more. First no core can reach them where they were (`unmap` waits for all
// of them, those included that arrive later: enable_mmu empties its TLB), then they are writable in the linear map,
// then they have a new owner. No cache needs work: both views are Normal write-back, and no instruction is ever
// fetched through the new one.
u64 give_back(Unsafe, const std::byte* begin, const std::byte* end) {
    const PhysRange frames{mm::image_physical(begin), mm::image_physical(end)};
    mm::unmap(Unsafe{"the caller says that nobody uses it"}, address(begin), frames.size());
    check(mm::map_linear(frames, frames).has_value(), "the linear map's tables beside the image are there");
    check(mm::kernel_frames.add_range(Unsafe{"reserved as the image's until now, unmapped above"}, frames).has_value(),
          "the image lies in one bank");
    return frames.size();
}

u64 give_back_guard(const std::byte* guard, const std::byte* stack) {
    return give_back(Unsafe{"a guard was never mapped"}, guard, stack);
}

}  // namespace

Done<phase::Seal> phase::Seal::run(const Done<Secondaries>&) {
    close_sealed();
    u64 bytes = give_back(Unsafe{"its phases are over, and scripts/check_boot found no other reference"},
                          first_page_of(__boot_begin), __boot_end);
    bytes += give_back_guard(__boot_guard, __boot_stack);
    for (const CoreStacks& stacks : quartet_core_stacks) {
        bytes += give_back_guard(stacks.overflow_guard, stacks.overflow);
        bytes += give_back_guard(stacks.exception_guard, stacks.exception);
        bytes += give_back_guard(stacks.idle_guard, stacks.idle);
    }
    report_given_back(bytes);
    hand_over_start_memory();
    return {};
}

}  // namespace quartet::boot
