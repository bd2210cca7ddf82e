// SPDX-License-Identifier: MIT
//
// The faults that the `crash` command causes.

#pragma once

#include <kernel/iface/crash_command.hpp>

namespace quartet::debug {

// What boot hands to the shell.
extern constinit const kernel::CrashCommand crash_command;

}  // namespace quartet::debug
