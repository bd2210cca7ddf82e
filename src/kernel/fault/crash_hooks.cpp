// SPDX-License-Identifier: MIT

#include <kernel/iface/crash_hooks.hpp>

namespace quartet::kernel {

namespace {

constinit CrashHooks the_hooks;

}  // namespace

void set_crash_hooks(const CrashHooks& hooks) noexcept { the_hooks = hooks; }
CrashHooks& crash_hooks() noexcept { return the_hooks; }

}  // namespace quartet::kernel
