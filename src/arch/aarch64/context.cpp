// SPDX-License-Identifier: MIT
//
// The stack of a flow that has not run yet, laid out as context.S would have left it.

#include <arch/context.hpp>
#include <arch/layout/offsets.h>

#include <cstddef>

extern "C" void quartet_first_return();

namespace quartet::arch {

namespace {

// What a switch pops, then quartet_first_return.
struct FirstFrame {
    u64 x29;
    u64 x30;
    u64 x19_to_x28[10];
    u64 entry;
    u64 argument;
};
static_assert(offsetof(FirstFrame, entry) == SWITCH_FRAME_SIZE && sizeof(FirstFrame) == SWITCH_FRAME_SIZE + 16);

}  // namespace

void prepare_context(Unsafe, SavedContext& context, std::span<std::byte> stack, ContextEntry entry, void* argument) {
    uptr top = align_down(reinterpret_cast<uptr>(stack.data() + stack.size()), 16);
    auto* frame = reinterpret_cast<FirstFrame*>(top - sizeof(FirstFrame));
    // x19-x28 begin as whatever lies there: a function saves them before it uses them, and reads them for nobody else.
    frame->x29 = 0;
    frame->x30 = reinterpret_cast<u64>(&quartet_first_return);
    frame->entry = reinterpret_cast<u64>(entry);
    frame->argument = reinterpret_cast<u64>(argument);
    context.sp = reinterpret_cast<uptr>(frame);
}

}  // namespace quartet::arch
