// SPDX-License-Identifier: MIT
//
// The end of a run: a sentence, and the same report that a fault gets. `check_failed` (base/assert.hpp)
// comes here too.

#pragma once

#include <base/source_place.hpp>
#include <kernel/iface/power_controller.hpp>
#include <kernel/iface/uart.hpp>

#include <string_view>

namespace quartet::kernel {

// Context: any. Never returns: reports, stops the other cores, and answers at `panic> `.
[[noreturn]] void panic(std::string_view what, SourcePlace where = SourcePlace::current()) noexcept;

// A panic with a KIND of its own in the report's first line, one word.
[[noreturn]] void panic_of_kind(std::string_view kind, std::string_view what, std::string_view file, u32 line) noexcept;

// What the report is written to, and what `reboot` at its prompt uses; null: not there (yet). Before the
// first call a report goes nowhere and the core stops. Context: boot.
void set_panic_devices(Uart* uart, PowerController* power) noexcept;

// What was given there. Context: any.
Uart* panic_port() noexcept;
PowerController* panic_power() noexcept;

// Whether a report has begun: other flows keep off the console from then on. Context: any.
bool panicking() noexcept;

}  // namespace quartet::kernel
