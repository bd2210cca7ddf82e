// SPDX-License-Identifier: MIT
//
// Leaving one flow of control for another. The machine implements it in context.S, the host twin
// with boost.context.

#pragma once

#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <span>

namespace quartet::arch {

// A flow that does not run: where its frame record lies, on its own stack, with the registers that it saved above.
struct SavedContext {
    uptr sp = 0;
};

// The first thing that a fresh flow executes. Never returns.
using ContextEntry = void (*)(void* argument);

// Lay out `context` so that the first switch to it calls `entry(argument)` on `stack`.
// Safety: `stack` is 16-byte aligned at its end, mapped, and used by nobody else.
void prepare_context(Unsafe, SavedContext& context, std::span<std::byte> stack, ContextEntry entry, void* argument);

// Save the running flow in `from`, continue where `to` was left. Returns when somebody switches back to `from`, perhaps
// on another core. Context: interrupts masked. Cost: 17 instructions.
// Safety: nobody else can switch to `to`; the caller has set TPIDR_EL1 to the record of `to`.
extern "C" void quartet_switch_context(SavedContext* from, const SavedContext* to) noexcept;

// The same from thread to thread of `core`, a kernel::Core whose run queue is locked: the flow that comes opens it, as
// the first thing that it does. Where the core has duties, it calls `quartet_finish_switch` instead, and switches on where that
// says so. Cost: 22 instructions without duties.
extern "C" void quartet_switch_thread(SavedContext* from, const SavedContext* to, void* core) noexcept;

// Safety: as their functions say.
[[gnu::always_inline]] inline void switch_context(Unsafe, SavedContext& from, const SavedContext& to) noexcept {
    quartet_switch_context(&from, &to);
}
[[gnu::always_inline]] inline void switch_thread(Unsafe, SavedContext& from, const SavedContext& to,
                                                 void* core) noexcept {
    quartet_switch_thread(&from, &to, core);
}

struct NextSwitch {
    SavedContext* from;
    const SavedContext* to;  // null: none
};
// By the scheduler: opens the run queue and does what is due, on the stack of the flow that came. Where that one has to
// leave again, the queue is locked again and all is ready for that switch.
extern "C" NextSwitch quartet_finish_switch() noexcept;

}  // namespace quartet::arch
