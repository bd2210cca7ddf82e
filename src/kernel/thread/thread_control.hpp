// SPDX-License-Identifier: MIT
//
// What one thread does to another against its will: let it stand still, and end it.

#pragma once

#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>

namespace quartet::kernel {

// Each `suspend` takes a `resume`; a thread that is suspended this often is not suspended once more.
inline constexpr u32 most_suspensions = 255;

// `thread` stands still when this returns, and until it is resumed as often as it was suspended. One that runs on
// another core is interrupted; where it has disabled preemption this waits for the end of that section. One that is
// blocked or sleeps goes on waiting, and stands still when its wait is over: what it waited for is its own by then.
// Itself: stands still in here. What it owns it keeps: who waits for its mutexes waits for its resume.
// Context: a thread that may block. Errors: Invalid (stale handle, ended or idle thread), Busy (too often), Deleted
// (it is asked to end), Unsupported (before there is a priority scheduler).
Status suspend(ThreadContext& self, ThreadHandle thread) noexcept;

// Takes back one `suspend`. Context: any. Errors: Invalid (stale handle, ended or idle thread, not suspended).
Status resume(ThreadHandle thread) noexcept;

// `thread` ends at its next safe point (safe_point.hpp): its wait ends now, its suspensions are lifted, and from there it
// executes nothing but the destructors of its thread-local values. Whatever mutex it owns is its owner's no longer (Error::OwnerDead),
// its stack is given back at `join` or by `detach`, no destructor of an object on it runs. A thread that has not begun
// does not begin. This does not wait for the end: `join` does. Itself: does not return.
// Context: thread. Errors: Invalid (stale handle, idle thread), Unsupported (before there is a priority scheduler).
Status terminate(ThreadContext& self, ThreadHandle thread) noexcept;

}  // namespace quartet::kernel
