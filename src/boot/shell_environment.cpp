// SPDX-License-Identifier: MIT

#include <boot/shell_environment.hpp>

#include <boot/described.hpp>

#include <arch/image.hpp>
#include <debug/crash.hpp>
#include <mm/memory.hpp>
#include <mm/stack.hpp>
#include <platform/devices.hpp>

namespace quartet::boot {

namespace {

constinit shell::Environment the_environment{};

// Image with bss, what the bump allocator gave (frame metadata among it), and the stacks' frames.
u64 kernel_bytes() {
    u64 image = static_cast<u64>(__image_end - _start);
    u64 stacks = mm::kernel_stacks.count() * mm::Stacks::usual_size;
    return image + mm::kernel_bump.report().used + stacks;
}

}  // namespace

const shell::Environment& shell_environment() { return the_environment; }

void describe_for_shell(const Done<phase::Describe>& description) {
    the_environment = {
        .tree = &*described(description).tree,
        .power = platform::power_controller(),
        .crash = &debug::crash_command,
        .kernel_bytes = kernel_bytes,
        .bench = nullptr,
    };
}

}  // namespace quartet::boot
