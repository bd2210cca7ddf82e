// SPDX-License-Identifier: MIT
//
// What commands are told about this machine by the boot list, which knows it. Null: this machine or this
// image has none, and the command says so.

#pragma once

#include <base/types.hpp>
#include <fdt/tree.hpp>
#include <kernel/iface/crash_command.hpp>
#include <kernel/iface/interrupt_controller.hpp>
#include <kernel/iface/power_controller.hpp>

#include <string_view>

namespace quartet::kernel {
class ThreadContext;
}

namespace quartet::shell {

class Output;

struct Environment {
    // The tree in use.
    const fdt::Tree* tree = nullptr;
    kernel::PowerController* power = nullptr;
    // The faults that this image can cause.
    const kernel::CrashCommand* crash = nullptr;
    // Lines to run before the first one is typed: `;` ends a line, `_` is a blank.
    std::string_view first_lines{};
    // Prints a line a figure for the names that begin with `name` (all where it is empty).
    void (*bench)(std::string_view name, Output& out, kernel::ThreadContext& thread) = nullptr;
    // The load that checks itself, and the failures that can be caused: with all that was typed behind the command's name.
    using Words = void (*)(std::string_view words, Output& out, kernel::ThreadContext& thread);
    Words torture = nullptr;
    Words inject = nullptr;
};

}  // namespace quartet::shell
