// SPDX-License-Identifier: MIT
//
// The kernel's own stacks: in the stack window, mapped by the kernel map.

#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>
#include <mm/stack.hpp>

namespace quartet::mm {

namespace {

Status map_stack(uptr va, PhysAddr pa, usize size) {
    return map(Unsafe{"the frames were allocated for this stack"}, va, pa, size, Access::ReadWrite);
}

void unmap_stack(uptr va, usize size) {
    unmap(Unsafe{"its owner has freed this stack and runs on another one"}, va, size);
}

PhysAddr physical(uptr va) { return lookup(va)->physical; }

bool mapped(uptr va) { return lookup(va).has_value(); }

constinit const StackMapping mapping{map_stack, unmap_stack, physical, mapped};
constinit Stacks::Taken taken;

}  // namespace

static_assert(Stacks::window_bytes <= window_size);

constinit Stacks kernel_stacks{kernel_frames, mapping, stack_window, taken};

}  // namespace quartet::mm
