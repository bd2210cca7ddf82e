// SPDX-License-Identifier: MIT
//
// The application that ships as kernel8.img: a prompt on the serial port.

#include <base/assert.hpp>
#include <bench/shell_bench.hpp>
#include <boot/application.hpp>
#include <boot/shell_environment.hpp>
#include <debug/gdb/entry.hpp>
#include <kernel/console/log.hpp>
#include <shell/shell.hpp>

namespace {

// What this image adds to what the boot list knows.
constinit quartet::shell::Environment environment{};

}  // namespace

void quartet_application(quartet::kernel::ThreadContext&) {
    using namespace quartet;
    environment = boot::shell_environment();
    environment.bench = bench::run_for_shell;
    check(debug::gdb::start().has_value(), "there is memory for a table");
    check(shell::start_shell(environment).has_value(), "there is memory for the shell's thread");
}

// The prompt again: what may crash is typed there.
void quartet_safe_application(quartet::kernel::ThreadContext& self) { quartet_application(self); }
