// SPDX-License-Identifier: MIT
//
// One fault each, caused by whoever calls `cause`.

#pragma once

#include <base/literal.hpp>
#include <base/result.hpp>
#include <kernel/iface/crash_command.hpp>

#include <span>
#include <string_view>

namespace quartet::debug {

// Sets of contexts. A timer's callback is a handler.
inline constexpr u8 in_threads = 1;
inline constexpr u8 in_handlers = 2;
inline constexpr u8 under_locks = 4;
inline constexpr u8 everywhere = in_threads | in_handlers | under_locks;

struct CrashKind {
    Literal name;  // where two of them end in one KIND of report, after the way there
    // Context: any that `crash` offers. Returns where the machine did not mind.
    void (*cause)() noexcept;
    // What `cause` needs and cannot have in a handler: memory, mappings. Null: nothing. Context: thread.
    Status (*prepare)() noexcept = nullptr;
    // Where it may be caused: not where it would allocate, and not where the kind brings another context of its own.
    u8 contexts = everywhere;
    // Where it is caused unless the order says so: where it does harm.
    kernel::CrashContext usual = kernel::CrashContext::Thread;
    // The thread uses SIMD just before the interrupt in whose handler it is caused.
    bool simd_before = false;
};

// Loops for ever with interrupts masked. Context: any.
[[noreturn]] void hang() noexcept;
// The next core falls silent; then this one panics. Context: thread.
void silent_core() noexcept;

std::span<const CrashKind> crash_kinds() noexcept;
// Undefined behaviour; none where the build does not look for it.
std::span<const CrashKind> undefined_kinds() noexcept;

}  // namespace quartet::debug
