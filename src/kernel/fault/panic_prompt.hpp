// SPDX-License-Identifier: MIT
//
// What is left after a report: a prompt that polls, with a few commands.

#pragma once

#include <kernel/iface/power_controller.hpp>
#include <kernel/iface/uart.hpp>

namespace quartet::kernel {

// Answers at `panic> ` until it is told to reboot or to switch off. Without a port the core sleeps for good.
// Context: after a report, all interrupts masked.
[[noreturn]] void run_panic_prompt(Uart* uart, PowerController* power) noexcept;

}  // namespace quartet::kernel
