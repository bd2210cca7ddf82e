// SPDX-License-Identifier: MIT
//
// What is left of the image when the start-up is over.

#include "../selftest.hpp"

#include <arch/image.hpp>
#include <arch/linear_map.hpp>
#include <base/format.hpp>
#include <boot/core_stacks.hpp>
#include <kernel/fault/memory_place.hpp>
#include <kernel/thread/threads.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>
#include <mm/stack.hpp>

#include <optional>

using namespace quartet;

namespace {

void expect_unmapped_below(kernel::SelfTestRun& run, uptr stack) {
    EXPECT(mm::lookup(stack).has_value());
    for (uptr at = stack - mm::stack_guard; at < stack; at += page_size) EXPECT(!mm::lookup(at));
}

// And whoever is told of a fault there says whose guard it is.
void expect_guard(kernel::SelfTestRun& run, uptr stack, std::string_view owner) {
    expect_unmapped_below(run, stack);
    for (uptr at : {stack - 8, stack - mm::stack_guard}) {
        char room[48];
        kernel::TouchedPlace place = kernel::place_of(at, room);
        EXPECT(place.place == kernel::Place::StackGuard);
        EXPECT(place.owner == owner);
    }
}

}  // namespace

SELFTEST("EXC07", "below the cores' stacks lie 64 KiB of guard, and a fault there names the stack") {
    for (u32 core = 0; core < max_cores; ++core) {
        char room[32];
        expect_guard(run, kernel::exception_stack_of(core).begin, format_to(room, "core {} (exception)", core));
        expect_guard(run, kernel::overflow_stack_of(core).begin, format_to(room, "core {} (overflow)", core));
    }
    u32 idle = 0;
    kernel::for_each_thread([&](const kernel::ThreadInfo& info) {
        if (!std::string_view{info.name}.starts_with("idle")) return;
        expect_unmapped_below(run, reinterpret_cast<uptr>(info.stack.data()));
        ++idle;
    });
    EXPECT_EQ(idle, max_cores);
    expect_unmapped_below(run, reinterpret_cast<uptr>(__boot_stack));
}

SELFTEST("BMP03", "what only the start-up ran is not mapped where it was, and free memory like any other") {
    // The page where it begins is that of other code as well.
    const std::byte* begin = __boot_begin + (-reinterpret_cast<uptr>(__boot_begin) & (page_size - 1));
    const usize size = static_cast<usize>(__boot_end - begin);
    EXPECT(size >= 16_KiB);
    for (usize at = 0; at < size; at += page_size) {
        EXPECT(!mm::lookup(reinterpret_cast<uptr>(begin) + at));
        const PhysAddr frame = mm::image_physical(begin + at);
        EXPECT(mm::kernel_frames.owns(frame));
        auto view = mm::lookup(arch::linear_base + frame.value());
        EXPECT(view && view->physical == frame && view->writable && !view->executable);
    }
    // Its neighbours are what they were.
    auto before = mm::lookup(reinterpret_cast<uptr>(begin) - page_size);
    EXPECT(before && before->executable && !before->writable);
    EXPECT(!mm::lookup(arch::linear_base + mm::image_physical(begin).value() - page_size));
    auto behind = mm::lookup(reinterpret_cast<uptr>(__boot_end));
    EXPECT(behind && !behind->writable);
    EXPECT(!mm::lookup(arch::linear_base + mm::image_physical(__boot_end).value()));
}

SELFTEST("FDT06", "nothing is mapped past the end of a window, whatever a device claims") {
    const PhysAddr frame = mm::image_physical(__boot_begin);
    const auto error_of = [&](uptr va, usize size) {
        const Status done =
            mm::map(Unsafe{"the frame was allocated for this test"}, va, frame, size, mm::Access::ReadOnly);
        return done ? std::optional<Error>{} : std::optional{done.error()};
    };
    EXPECT(error_of(mm::stack_window - page_size, 2 * page_size) == Error::Invalid);
    EXPECT(error_of(mm::device_window - page_size, 2 * page_size) == Error::Invalid);
    EXPECT(error_of(mm::device_window + mm::window_size - page_size, 2 * page_size) == Error::Invalid);
    EXPECT(error_of(mm::device_window + mm::window_size, page_size) == Error::Invalid);
    EXPECT(error_of(mm::device_window, ~usize{0} & ~(page_size - 1)) == Error::Invalid);
    EXPECT(error_of(arch::linear_base, page_size) == Error::Invalid);
    EXPECT(!mm::lookup(mm::device_window + mm::window_size - page_size));
    // A device of 64 GiB and more, and one at the end of all addresses.
    EXPECT(!mm::map_device(PhysAddr{0xfe00'0000}, mm::window_size));
    EXPECT(!mm::map_device(PhysAddr{~u64{0} - 0x3f}, 0x40));
    EXPECT(!mm::map_device(PhysAddr{u64{1} << 48}, page_size));
}
