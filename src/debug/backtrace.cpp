// SPDX-License-Identifier: MIT

#include "backtrace.hpp"

#include <arch/probe.hpp>

namespace quartet::debug {

namespace {

constexpr usize record_size = 16;
constexpr usize unknown_stack = 16_KiB;

bool record_readable(uptr frame) {
    // A record that straddles two pages is two questions.
    return arch::readable(frame) && arch::readable(frame + record_size - 1);
}

}  // namespace

usize backtrace(uptr frame, std::span<const kernel::AddressRange> stacks, kernel::AddressRange code,
                std::span<uptr> found) noexcept {
    auto stack_of = [&](uptr address, usize from) {
        while (from < stacks.size() && !stacks[from].contains(address, record_size)) ++from;
        return from;
    };
    const kernel::AddressRange fallback{frame, frame + unknown_stack};
    usize stack = stack_of(frame, 0);
    if (stack == stacks.size()) {
        if (fallback.end < fallback.begin) return 0;
        stacks = {&fallback, 1};
        stack = 0;
    }

    usize count = 0;
    while (count < found.size()) {
        if (!is_aligned(frame, 8) || !record_readable(frame)) break;
        uptr caller =
            arch::load_word(Unsafe{"probed above, and nothing unmaps a stack while this core reports"}, frame);
        uptr pc = arch::load_word(Unsafe{"the other half of that record"}, frame + 8);
        if (pc == 0) break;
        found[count++] = pc;
        if (!code.contains(pc)) break;

        usize next = stack_of(caller, stack);
        if (next == stacks.size()) break;
        if (next == stack && caller < frame + record_size) break;
        stack = next;
        frame = caller;
    }
    return count;
}

}  // namespace quartet::debug
