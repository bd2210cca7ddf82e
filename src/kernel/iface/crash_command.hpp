// SPDX-License-Identifier: MIT
//
// Faults on purpose, as the shell asks for them. The room that causes them stands beside the shell's,
// so they meet here.

#pragma once

#include <base/result.hpp>
#include <base/types.hpp>
#include <base/writer.hpp>

#include <optional>
#include <string_view>

namespace quartet::kernel {

class ThreadContext;

// Where a fault is caused: in a thread, in an interrupt handler, in a thread that holds the run-queue lock of its core,
// or in the callback of a timer, which is a handler's, too.
enum class CrashContext : u8 { Thread, Irq, Lock, Timer };

struct CrashOrder {
    std::string_view kind;
    std::optional<u32> core;  // none: where the caller runs
    std::optional<CrashContext> context = {};  // none: the kind's usual one
};

struct CrashCommand {
    // The KIND with this number, in the order in which they are listed; empty from the first that is none on.
    std::string_view (*kind)(usize number) noexcept = nullptr;
    // Does not return where the fault came; returns success where the machine did not mind. Context: thread.
    // Errors: NotFound (no such kind), Invalid (no such core online), InHandler (the kind is none for that context),
    // Unsupported (not to be had on this machine), Aborted (the fault ended its thread, and no more), and what its preparation needs.
    Status (*run)(ThreadContext& self, const CrashOrder& order) noexcept = nullptr;
    // Writes what the last fault left, or an `error:` line; and forgets it. Context: thread.
    void (*show)(Writer& out) noexcept = nullptr;
    void (*clear)() noexcept = nullptr;
    // This run is about to end because somebody wants it to. Context: thread.
    void (*good_end)() noexcept = nullptr;
};

}  // namespace quartet::kernel
