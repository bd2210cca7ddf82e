// SPDX-License-Identifier: MIT
//
// Interrupts: who handles which, on which core. A handler is a `void(IrqContext&) noexcept`; it runs on the core's own stack with
// interrupts masked and never blocks, allocates or panics: scripts/check_callgraph proves it of an image. What may wait
// wants a ThreadContext&, which a handler does not have.
//
// A shared id (32 and up) goes to one core. An id below 32 exists once a core: attaching, enabling and disabling it are
// meant for all cores.

#pragma once

#include <kernel/iface/interrupt_controller.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>

namespace quartet {

// `void (*)(IrqContext&) noexcept`.
using kernel::IrqHandler;
// Lowest (0), Normal (4), High (6), Highest (7): who is next, not who interrupts. Handlers do not nest.
using kernel::IrqPriority;
// LevelSensitive, EdgeTriggered.
using kernel::Trigger;

namespace irq {

// `core` (which handles it; shared ids only), `priority`, `trigger`, `storm_limit` (interrupts a second above which a line
// that keeps it up for a quarter of a second is masked; 0: never), `name` (for reports; lives as long as it is attached).
using kernel::irq::Options;

// `attach(id, handler, argument, options = {})`: the handler is called once `enable` was.
// Context: thread. Errors: Invalid (no such id, no handler, a core that has not started), Busy (attached already).
using kernel::irq::attach;
// `detach(id)` disables it, waits until no core runs its handler any more, and forgets it. Context: thread, not its own
// handler. Cost: the rest of one handler's run. Errors: Invalid (not attached), Timeout (a handler did not end in 100 ms: it
// stays attached, disabled). `detach(context)`: the same from inside the handler; shared ids only.
using kernel::irq::detach;
// Context: any. Errors: Invalid (not attached).
using kernel::irq::enable;
// No handler begins after it returns, on this core or, for a shared id, on any. One that waits stays pending. Context: any.
// Errors: Invalid (not attached).
using kernel::irq::disable;
// `trigger(id, core)`: raises a software interrupt (5 to 15) on a core. Context: any. Errors: Invalid (no software
// interrupt, a core that has not started).
using kernel::irq::trigger;

// How often it came on each core, and whether it is attached, enabled, or masked for its storm. `info(id)`: context thread;
// Errors: Invalid.
using kernel::irq::info;
using kernel::irq::LineInfo;

// Whether a core takes interrupts, and so may be named above. Context: any.
using kernel::irq::core_started;

// `call_on(core, function, argument)`: runs `void function(void*) noexcept` as a handler on another core and waits until it
// has. Context: thread. Cost: an interrupt there. Errors: Invalid (this core, or one that has not started), Timeout (it did
// not begin within 100 ms, and now never will).
[[nodiscard]] inline Status call_on(u32 core, void (*function)(void* argument) noexcept, void* argument) noexcept {
    check(!arch::in_handler(), "a handler must not wait for another core");
    return kernel::ipi::call(core, function, argument);
}

}  // namespace irq

}  // namespace quartet
