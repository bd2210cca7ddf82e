// SPDX-License-Identifier: MIT
//
// The first allocator gets a range behind the image, as large as the frame metadata and the start-up
// need. It is mapped by pages: parts of it change hands later.

#include <boot/described.hpp>
#include <boot/left_behind.hpp>
#include <boot/memory_ranges.hpp>
#include <boot/start_memory.hpp>

#include <arch/linear_map.hpp>
#include <base/assert.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>

namespace quartet::boot {

namespace {

[[gnu::section(".bss.sealed")]] constinit PhysRange the_start_memory{};

// One information byte a frame (mm/frame_bank.hpp).
constexpr u64 metadata_per_frame = 1;

// Boot threads, tables of the linear map (a page a GiB and a few more), the copy of a tree.
constexpr u64 start_bytes = 512_KiB;

u64 bytes_needed(const Described& all) {
    u64 frames = 0;
    for (const PhysRange& bank : all.machine.ram) frames += bank.size() / page_size;
    u64 copy = all.source == TreeSource::AddressZero ? all.tree->size() : 0;
    return align_up(frames * metadata_per_frame + copy + start_bytes, page_size);
}

}  // namespace

PhysRange start_memory(const Done<phase::Bump>&) { return the_start_memory; }

Done<phase::Bump> phase::Bump::run(const Done<Describe>& description, const Done<Console>&) {
    const platform::Machine& machine = described(description).machine;
    u64 bytes = bytes_needed(described(description));
    MemoryRanges ranges{machine};
    auto range = ranges.free().first_fit(mm::image_range().end, bytes);
    if (!range) range = ranges.free().first_fit(PhysAddr{0}, bytes);
    check(range.has_value(), "the machine must have free RAM for the kernel's own records");
    the_start_memory = {range->begin, range->begin + bytes};
    check(mm::map_linear(the_start_memory, the_start_memory).has_value(),
          "the first tables come from a pool of their own");
    auto* begin =
        static_cast<std::byte*>(arch::linear_pointer(Unsafe{"mapped in the line above"}, the_start_memory.begin));
    mm::kernel_bump.give(Unsafe{"free RAM behind the image, in no reservation, just mapped"}, {begin, bytes});
    mm::use_table_source(table_from_bump);
    if (described(description).source == TreeSource::AddressZero) rescue_tree(description);
    return {};
}

}  // namespace quartet::boot
