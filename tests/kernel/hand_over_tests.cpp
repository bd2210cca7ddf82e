// SPDX-License-Identifier: MIT
//
// Who has each byte of RAM, once the start-up is over: asked of both allocators, and of what the tree said.

#include "threads.hpp"

#include <arch/image.hpp>
#include <arch/linear_map.hpp>
#include <boot/described.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>
#include <platform/machine.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

const std::byte* linear(PhysAddr at) {
    return static_cast<const std::byte*>(arch::linear_pointer(Unsafe{"RAM is in the linear map"}, at));
}

bool reserved(const platform::Machine& machine, PhysAddr frame) {
    for (const platform::Reservation& each : machine.reserved) {
        if (each.range.contains(frame)) return true;
    }
    for (const platform::CoreNode& core : machine.cores) {
        if (core.method == platform::EnableMethod::SpinTable && !core.running &&
            align_down(core.release_address.value(), page_size) == frame.value())
            return true;
    }
    return false;
}

// A block that is being given back at this moment is nobody's until it is filled with poison.
bool buddy_owns(PhysAddr frame) {
    return comes_true_asleep([=] { return mm::kernel_frames.owns(frame); });
}

// Of the image's frames, those that were given back when the start-up was over.
bool given_back(PhysAddr frame) {
    const PhysRange image = mm::image_range();
    return image.contains(frame) && !mm::lookup(arch::image_base + (frame - image.begin)).has_value();
}

}  // namespace

SELFTEST("BMP03", "every byte of RAM is the first allocator's, the frame allocator's or reserved, and one of them") {
    TestFlow flow{every_core};
    const platform::Machine& machine = boot::the_description.get()->machine;
    u64 of_buddy = 0;
    u64 of_bump = 0;
    for (const PhysRange& bank : machine.ram) {
        for (PhysAddr frame = bank.begin; frame < bank.end; frame = frame + page_size) {
            const bool bump = mm::kernel_bump.owns(linear(frame));
            const bool set_aside = reserved(machine, frame) && !given_back(frame);
            const bool buddy = bump || set_aside ? mm::kernel_frames.owns(frame) : buddy_owns(frame);
            const u32 owners = (bump ? 1u : 0u) + (set_aside ? 1u : 0u) + (buddy ? 1u : 0u);
            if (owners != 1) {
                EXPECT_EQ(frame.value(), 0xffff'ffffu);  // says which
                return;
            }
            of_buddy += buddy ? 1 : 0;
            of_bump += bump ? 1 : 0;
        }
    }
    EXPECT_EQ(of_buddy, mm::kernel_frames.stats().total_frames);
    EXPECT_EQ(of_bump * page_size, align_up(mm::kernel_bump.report().used, page_size));
}
