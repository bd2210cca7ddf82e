// SPDX-License-Identifier: MIT

#include <boot/shell_environment.hpp>

#include <boot/described.hpp>

#include <debug/crash.hpp>
#include <platform/devices.hpp>

namespace quartet::boot {

namespace {

constinit shell::Environment the_environment{};

}  // namespace

const shell::Environment& shell_environment() { return the_environment; }

void describe_for_shell(const Done<phase::Describe>& description) {
    the_environment = {
        .tree = &*described(description).tree,
        .power = platform::power_controller(),
        .crash = &debug::crash_command,
        .first_lines = described(description).machine.arguments.run,
        .bench = nullptr,
    };
}

}  // namespace quartet::boot
