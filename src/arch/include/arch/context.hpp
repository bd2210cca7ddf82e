// SPDX-License-Identifier: MIT
//
// Leaving one flow of control for another. The machine implements it in context.S, the host twin
// with boost.context.

#pragma once

#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <span>

namespace quartet::arch {

// A flow that does not run: where its frame record lies, on its own stack.
struct SavedContext {
    uptr sp = 0;
};

// The first thing that a fresh flow executes. Never returns.
using ContextEntry = void (*)(void* argument);

// Lay out `context` so that the first switch to it calls `entry(argument)` on `stack`.
// Safety: `stack` is 16-byte aligned at its end, mapped, and used by nobody else.
void prepare_context(Unsafe, SavedContext& context, std::span<std::byte> stack, ContextEntry entry, void* argument);

// Save x29, x30 and sp of the running flow in `from`, continue where `to` was left. Returns when somebody switches back
// to `from`, perhaps on another core. x19-x28 are lost: it is called through `switch_context`, whose compiler knows.
// Context: interrupts masked. Cost: 7 instructions.
// Safety: nobody else can switch to `to`; the caller has set TPIDR_EL1 to the record of `to`.
extern "C" void quartet_switch_context(SavedContext* from, const SavedContext* to) noexcept;

}  // namespace quartet::arch
