// SPDX-License-Identifier: MIT
//
// The first allocator gets a range behind the image, as large as the frame metadata and the start-up
// need. It is mapped by pages: parts of it change hands later.

#include <boot/described.hpp>
#include <boot/left_behind.hpp>
#include <boot/start_memory.hpp>
#include <boot/start_room.hpp>

#include <arch/linear_map.hpp>
#include <base/assert.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>

namespace quartet::boot {

namespace {

[[gnu::section(".bss.sealed")]] constinit PhysRange the_start_memory{};

}  // namespace

PhysRange start_memory(const Done<phase::Bump>&) { return the_start_memory; }

Done<phase::Bump> phase::Bump::run(const Done<Describe>& description, const Done<Console>&) {
    const Described& all = described(description);
    auto range = start_room(all.machine, mm::image_range(), uncopied_tree(all));
    check(range.has_value(), "a machine without free RAM for the kernel's own records was not taken");
    the_start_memory = *range;
    check(mm::map_linear(the_start_memory, the_start_memory).has_value(),
          "the first tables come from a pool of their own");
    auto* begin =
        static_cast<std::byte*>(arch::linear_pointer(Unsafe{"mapped in the line above"}, the_start_memory.begin));
    mm::kernel_bump.give(Unsafe{"free RAM behind the image, in no reservation, just mapped"}, {begin, range->size()});
    mm::use_table_source(table_from_bump);
    if (all.source == TreeSource::AddressZero) rescue_tree(description);
    return {};
}

}  // namespace quartet::boot
