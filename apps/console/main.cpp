// SPDX-License-Identifier: MIT
//
// The application that ships as kernel8.img: a prompt on the serial port.

#include <base/assert.hpp>
#include <boot/application.hpp>
#include <boot/shell_environment.hpp>
#include <shell/shell.hpp>

void quartet_application(quartet::kernel::ThreadContext&) {
    using namespace quartet;
    check(shell::start_shell(boot::shell_environment()).has_value(), "there is memory for the shell's thread");
}
