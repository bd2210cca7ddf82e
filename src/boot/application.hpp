// SPDX-License-Identifier: MIT
//
// The seam between the kernel and what runs on it.

#pragma once

#include <base/types.hpp>
#include <kernel/thread/thread_context.hpp>

// The application defines it: the first thread that runs when everything is up. Its return ends that
// thread alone.
void quartet_application(quartet::kernel::ThreadContext& self);

// What runs in its place after three crashes in a minute (debug/crash_keeper.hpp): nothing, unless the application defines
// it. Best what lets somebody look: a shell.
void quartet_safe_application(quartet::kernel::ThreadContext& self);

namespace quartet::boot {

// Whether the application does what `seed=`, `inject=` and `load=` of /chosen/bootargs ask for. One that does defines it, to
// return true; for all others the kernel says that they do nothing.
bool application_takes_load() noexcept;

// Counts from the first instruction of head.S to the first of the application's thread.
u64 boot_counts();

}  // namespace quartet::boot
