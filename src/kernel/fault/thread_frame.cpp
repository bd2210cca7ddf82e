// SPDX-License-Identifier: MIT

#include "thread_frame.hpp"

#include <arch/glance.hpp>
#include <arch/probe.hpp>
#include <kernel/fault/core_stop.hpp>
#include <kernel/fault/memory_place.hpp>
#include <kernel/sched/core.hpp>

namespace quartet::kernel {

namespace {

// What context.S leaves at the sp of a flow that does not run, in words: x29, x30, x19 to x28.
constexpr usize saved_words = SWITCH_FRAME_SIZE / 8;
constexpr u32 register_of_word(usize word) { return static_cast<u32>(word < 2 ? 29 + word : 17 + word); }
static_assert(register_of_word(saved_words - 1) == 28);

}  // namespace

u32 core_running(const Thread& thread) noexcept {
    for (u32 core = 0; core < max_cores; ++core) {
        if (stopped_frame(core).thread == &thread) return core;
    }
    return max_cores;
}

void read_thread_frame(const Thread& thread, ThreadFrame& found) noexcept {
    found.frame = {};
    found.known = Known::Nothing;
    found.core = core_running(thread);
    if (found.core < max_cores) {
        found.frame = *stopped_frame(found.core).frame;
        found.known = Known::All;
        return;
    }
    // On a core that does not stand it may be running: what its record says is of its last switch.
    for (const Core& core : cores) {
        if (arch::glance(Unsafe{"a report: whoever runs there does not answer"}, core.current) == &thread) return;
    }
    const uptr sp = thread.context.sp;
    const bool begun = thread.state != ThreadState::Free && thread.state != ThreadState::Dead;
    if (!begun || !is_aligned(sp, 16) || !stack_of(thread).contains(sp, SWITCH_FRAME_SIZE)) return;
    if (!arch::readable(sp) || !arch::readable(sp + SWITCH_FRAME_SIZE - 1)) return;
    for (usize word = 0; word < saved_words; ++word) {
        found.frame.x[register_of_word(word)] = arch::load_word(Unsafe{"both ends are probed above"}, sp + word * 8);
    }
    found.frame.sp = sp + SWITCH_FRAME_SIZE;
    found.frame.elr = found.frame.x[30];
    found.known = Known::Saved;
}

}  // namespace quartet::kernel
