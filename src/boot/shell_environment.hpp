// SPDX-License-Identifier: MIT
//
// What the shell's commands know of this machine: collected by the start-up, which had it in hand.

#pragma once

#include <boot/phase/phases.hpp>
#include <platform/machine.hpp>
#include <shell/environment.hpp>

namespace quartet::boot {

// Context: thread, after the start-up. Lives for ever.
const shell::Environment& shell_environment();

// What /chosen/bootargs asked for. Context: as above.
const platform::BootArguments& boot_arguments();
// From now on there are none: nothing that they ask for is done. Context: boot.
void leave_out_arguments();

// Context: boot, once.
void describe_for_shell(const Done<phase::Describe>&);

}  // namespace quartet::boot
