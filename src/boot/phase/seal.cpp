// SPDX-License-Identifier: MIT
//
// The end of the start-up's privileges: what it alone wrote becomes read-only, the code that it alone
// runs is unmapped and its frames are given to the frame allocator. The entry of a late core stays.

#include <boot/phase/phases.hpp>

#include <arch/image.hpp>
#include <base/assert.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>

namespace quartet::boot {

namespace {

uptr address(const std::byte* symbol) { return reinterpret_cast<uptr>(symbol); }

}  // namespace

Done<phase::Seal> phase::Seal::run(const Done<Secondaries>&) {
    auto closed = mm::make_read_only(address(__sealed_begin), address(__sealed_end) - address(__sealed_begin));
    check(closed.has_value(), "the sealed part of the image is mapped by pages");
    return {};
}

// Last of all, called by resident code: after it nothing of namespace quartet::boot may run.
void give_boot_memory() {
    usize size = address(__boot_end) - address(__boot_begin);
    PhysRange frames{mm::image_physical(__boot_begin), mm::image_physical(__boot_begin) + size};
    mm::unmap(Unsafe{"no flow returns to the start-up's code any more"}, address(__boot_begin), size);
    check(mm::map_linear(frames, frames).has_value(), "a frame for tables is free at the end of the start-up");
    check(mm::kernel_frames.add_range(Unsafe{"unmapped in the image, mapped in the linear map, used by nobody"}, frames)
              .has_value(),
          "the image lies in a bank");
}

}  // namespace quartet::boot
