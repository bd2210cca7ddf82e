// SPDX-License-Identifier: MIT
//
// Who has each byte of RAM, once the start-up is over: asked of both allocators, and of the tree read again.

#include "../threads.hpp"

#include <arch/cpu.hpp>
#include <arch/image.hpp>
#include <arch/linear_map.hpp>
#include <boot/shell_environment.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>
#include <platform/machine.hpp>

#include <cstring>
#include <optional>

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
bool buddy_owns(ThreadContext& self, PhysAddr frame) {
    for (u32 patience = 0; patience < 5; ++patience) {
        if (mm::kernel_frames.owns(frame)) return true;
        if (patience != 0) sleep_for(self, milliseconds(1));
    }
    return false;
}

constinit std::optional<platform::Machine> machine_again;
constinit platform::Advice advice_again;

}  // namespace

SELFTEST("BMP03", "every byte of RAM is the first allocator's, the frame allocator's or reserved, and one of them") {
    TestFlow flow{every_core};
    const fdt::Tree& tree = *boot::shell_environment().tree;
    // Where the tree lies is what the tree cannot know: its frames are found below, by what is in them.
    auto read = platform::read_machine(
        tree,
        {.image = {mm::image_physical(_start), mm::image_physical(__image_end)}, .tree = {}, .mpidr = arch::affinity()},
        advice_again);
    REQUIRE(read.has_value());
    machine_again = *read;

    u64 of_buddy = 0;
    u64 of_bump = 0;
    u64 of_nobody = 0;
    PhysAddr first_of_nobody;
    for (const PhysRange& bank : machine_again->ram) {
        for (PhysAddr frame = bank.begin; frame < bank.end; frame = frame + page_size) {
            const bool bump = mm::kernel_bump.owns(linear(frame));
            const bool set_aside = reserved(*machine_again, frame);
            const bool buddy = bump || set_aside ? mm::kernel_frames.owns(frame) : buddy_owns(flow.self, frame);
            const u32 owners = (bump ? 1u : 0u) + (set_aside ? 1u : 0u) + (buddy ? 1u : 0u);
            if (owners > 1) EXPECT_EQ(frame.value(), 0xffff'ffffu);  // says which
            of_buddy += buddy ? 1 : 0;
            of_bump += bump ? 1 : 0;
            if (owners != 0) continue;
            if (of_nobody++ == 0) first_of_nobody = frame;
            // The tree that we were given, in one piece, and nothing else.
            const u64 at = frame - first_of_nobody;
            const std::span<const std::byte> bytes = tree.bytes();
            EXPECT(at < bytes.size());
            if (at >= bytes.size()) return;
            const usize here = bytes.size() - at < page_size ? bytes.size() - at : page_size;
            EXPECT_EQ(std::memcmp(linear(frame), bytes.data() + at, here), 0);
        }
    }
    EXPECT_EQ(of_buddy, mm::kernel_frames.stats().total_frames);
    EXPECT_EQ(of_bump * page_size, align_up(mm::kernel_bump.report().used, page_size));
    EXPECT(of_nobody == 0 || of_nobody == align_up(tree.bytes().size(), page_size) / page_size);
}
