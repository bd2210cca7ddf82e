// SPDX-License-Identifier: MIT

#include <boot/shell_environment.hpp>

#include <boot/described.hpp>

#include <debug/crash.hpp>
#include <platform/devices.hpp>

namespace quartet::boot {

namespace {

constinit shell::Environment the_environment{};
constinit platform::BootArguments the_arguments{};

}  // namespace

const shell::Environment& shell_environment() { return the_environment; }
const platform::BootArguments& boot_arguments() { return the_arguments; }

void leave_out_arguments() {
    the_arguments = {};
    the_environment.first_lines = {};
}

void describe_for_shell(const Done<phase::Describe>& description) {
    the_arguments = described(description).machine.arguments;
    the_environment = {
        .tree = &*described(description).tree,
        .power = platform::power_controller(),
        .crash = &debug::crash_command,
        .first_lines = described(description).machine.arguments.run,
        .bench = nullptr,
        .torture = nullptr,
        .inject = nullptr,
    };
}

}  // namespace quartet::boot
