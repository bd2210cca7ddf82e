// SPDX-License-Identifier: MIT
//
// The end of the start-up's privileges: what it alone wrote becomes read-only.

#include <boot/phase/phases.hpp>

#include <arch/image.hpp>
#include <base/assert.hpp>
#include <mm/kernel_map.hpp>

namespace quartet::boot {

namespace {

uptr address(const std::byte* symbol) { return reinterpret_cast<uptr>(symbol); }

}  // namespace

Done<phase::Seal> phase::Seal::run(const Done<Secondaries>&) {
    auto closed = mm::make_read_only(address(__sealed_begin), address(__sealed_end) - address(__sealed_begin));
    check(closed.has_value(), "the sealed part of the image is mapped by pages");
    return {};
}

}  // namespace quartet::boot
