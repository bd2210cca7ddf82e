// SPDX-License-Identifier: MIT

#include <boot/start_room.hpp>

#include <arch/layout/translation.hpp>
#include <boot/memory_ranges.hpp>

namespace quartet::boot {

namespace {

// One information byte a frame (mm/frame_bank.hpp), each bank's from a cache line on.
constexpr u64 metadata_per_frame = 1;
constexpr u64 cache_line = 64;

// What does not grow with the machine: the boot thread and its stack, whatever `new` is asked for before the heap.
constexpr u64 fixed_bytes = 512_KiB;

// What the kernel takes in frames on its way to the prompt; a machine without that much is none.
constexpr u64 least_left = 4_MiB;

u64 metadata_bytes(const platform::Machine& machine) {
    u64 bytes = 0;
    for (const PhysRange& bank : machine.ram) bytes += bank.size() / page_size * metadata_per_frame + cache_line;
    return bytes;
}

// The linear map at its worst (mm::map_linear): a table for each GiB that a range touches, one for a begun block at
// either end of it, and for each block that the image touches. The start memory's own come from the image's pool.
u64 table_bytes(const MemoryRanges& ranges, PhysRange image) {
    u64 tables = image.size() / arch::block_size + 2;
    ranges.mappable().for_each([&](PhysRange range) {
        const u64 gibs = (align_up(range.end.value(), 1_GiB) - align_down(range.begin.value(), 1_GiB)) / 1_GiB;
        tables += gibs + 2;
    });
    return tables * page_size;
}

}  // namespace

std::optional<PhysRange> start_room(const platform::Machine& machine, PhysRange image, PhysRange uncopied) {
    MemoryRanges ranges{machine};
    if (!uncopied.empty()) ranges.reserve(uncopied);
    const u64 bytes =
        align_up(metadata_bytes(machine) + table_bytes(ranges, image) + uncopied.size() + fixed_bytes, page_size);
    u64 free = 0;
    ranges.free().for_each([&](PhysRange range) { free += range.size(); });
    if (free < bytes + least_left) return std::nullopt;
    auto range = ranges.free().first_fit(image.end, bytes);
    if (!range) range = ranges.free().first_fit(PhysAddr{0}, bytes);
    if (!range) return std::nullopt;
    return PhysRange{range->begin, range->begin + bytes};
}

}  // namespace quartet::boot
