// SPDX-License-Identifier: MIT
//
// The stack of a flow that has not run yet, laid out as quartet_switch_context would have left it.

#include <arch/context.hpp>

extern "C" void quartet_first_return();

namespace quartet::arch {

namespace {

// What quartet_switch_context pops, then quartet_first_return.
struct SwitchFrame {
    u64 x29;
    u64 x30;
    u64 entry;
    u64 argument;
};
static_assert(sizeof(SwitchFrame) == 32);

}  // namespace

void prepare_context(Unsafe, SavedContext& context, std::span<std::byte> stack, ContextEntry entry, void* argument) {
    uptr top = align_down(reinterpret_cast<uptr>(stack.data() + stack.size()), 16);
    auto* frame = reinterpret_cast<SwitchFrame*>(top - sizeof(SwitchFrame));
    *frame = SwitchFrame{
        .x29 = 0,
        .x30 = reinterpret_cast<u64>(&quartet_first_return),
        .entry = reinterpret_cast<u64>(entry),
        .argument = reinterpret_cast<u64>(argument),
    };
    context.sp = reinterpret_cast<uptr>(frame);
}

}  // namespace quartet::arch
