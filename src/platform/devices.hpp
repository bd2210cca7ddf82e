// SPDX-License-Identifier: MIT
//
// From the machine's description to drivers. Each device is mapped and made once, in static storage;
// what is not named here is not touched: a node does not prove that its device exists.

#pragma once

#include <base/result.hpp>
#include <kernel/iface/interrupt_controller.hpp>
#include <kernel/iface/power_controller.hpp>
#include <kernel/iface/watchdog_device.hpp>
#include <kernel/iface/uart.hpp>
#include <platform/machine.hpp>

namespace quartet::drivers {
class Mailbox;
}

namespace quartet::platform {

// 115200 8N1, like everybody's.
inline constexpr u32 console_baud = 115'200;

// The mailbox, the power block and PSCI, where the tree names them: they are made before the console, whose
// clock the mailbox tells. Context: boot, once; mm::map_device works. What cannot be mapped is left out.
void make_firmware_devices(const Machine& machine) noexcept;

// The console's port, its pins first, at 115200 baud. What the mailbox does not tell of its clock is taken
// to be what config.txt in the README sets: 48 MHz for the PL011, 500 MHz of core clock for the mini-UART.
// Context: boot, once, after `make_firmware_devices`. Errors: NoMemory (not mapped), Invalid (no divisor).
Result<kernel::Uart*> make_console(const Machine& machine) noexcept;

// The interrupt controller, its distributor set up, and the kernel told of it (kernel::irq::start,
// kernel::start_cross_calls, the scheduler's request to other cores). No core takes interrupts yet: each calls kernel::irq::start_core.
// Context: boot, once. Errors: NoMemory, Unsupported (its ids belong to the secure side).
Result<kernel::InterruptController*> make_interrupt_controller(const Machine& machine) noexcept;

// Null where the tree names none. Context: any, after they were made.
drivers::Mailbox* mailbox() noexcept;
// The power block, else PSCI.
kernel::PowerController* power_controller() noexcept;
// Whether this is a board and no emulator, as the mailbox tells. Context: boot or thread, one at a time. Cost: a question
// to the mailbox.
bool is_board() noexcept;
// The power block's own, where it counts: null in an emulator, which resets at once whatever time it was told.
kernel::WatchdogDevice* watchdog_device() noexcept;

}  // namespace quartet::platform
