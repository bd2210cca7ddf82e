// SPDX-License-Identifier: MIT
//
// What the shell's commands know of this machine: collected by the start-up, which had it in hand.

#pragma once

#include <boot/phase/phases.hpp>
#include <shell/environment.hpp>

namespace quartet::boot {

// Context: thread, after the start-up. Lives for ever.
const shell::Environment& shell_environment();

// Context: boot, once.
void describe_for_shell(const Done<phase::Describe>&);

}  // namespace quartet::boot
