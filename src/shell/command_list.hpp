// SPDX-License-Identifier: MIT
//
// The groups, one file each.

#pragma once

#include <shell/command.hpp>

namespace quartet::shell {

extern constinit const CommandGroup text_commands;     // help version uptime echo dmesg
extern constinit const CommandGroup machine_commands;  // cpus threads irqs dt
extern constinit const CommandGroup memory_commands;   // mem slabs leaks peek poke
extern constinit const CommandGroup work_commands;     // spin bench selftest torture inject
extern constinit const CommandGroup trace_commands;    // trace profile top
extern constinit const CommandGroup crash_commands;    // crash
extern constinit const CommandGroup end_commands;      // reboot watchdog poweroff

}  // namespace quartet::shell
