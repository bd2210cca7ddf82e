// SPDX-License-Identifier: MIT
//
// Calls to other cores: a `void(IrqContext&) noexcept` runs there as a handler, at once if that core has interrupts open.
//
//     call_all_cores(self, [](IrqContext& context) noexcept { … }, &argument);

#pragma once

#include <kernel/irq/cross_call.hpp>
#include <quartet/context.hpp>
#include <quartet/irq.hpp>
#include <quartet/result.hpp>

namespace quartet {

// Which core did not do what it was asked for (`core`), and why (`error`).
using kernel::CallFailure;
using kernel::CallStatus;

// `call_core(self, core, function, argument, patience = 100 ms)`: returns when it has run there; the own core is one like all
// others. Context: thread, interrupts open. Errors: Invalid (no function, a core that has not started), Timeout (it had not
// begun in time, and now never will). Cost: an interrupt there.
using kernel::call_core;
// `call_cores(self, mask, …)`: on each core of the mask at once. `call_all_cores(self, …)`: on each that has started.
// Context, errors: as `call_core`, with the first core that they are true of.
using kernel::call_all_cores;
using kernel::call_cores;

// A call that nobody waits for, or not at once: `send(core)`, `under_way()`, `wait(self)`, `withdraw()`. It stays where it is
// until it has run.
using kernel::CrossCall;

}  // namespace quartet
