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
#include <kernel/iface/node_lines.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/shared_handler.hpp>
#include <kernel/irq/threaded_handler.hpp>
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
// `pend(id)`: makes a shared id pending, as its device would. Context: any. Errors: Invalid (not attached, not shared).
using kernel::irq::pend;
// `set_core(id, core)`: that core handles it from now on. Context: any. Errors: Invalid (not attached, not shared, a core
// that has not started).
using kernel::irq::set_core;

// How often it came on each core (software interrupts are not counted), and whether it is attached, enabled, or masked for
// its storm. `info(id)`: context thread. Errors: Invalid.
using kernel::irq::info;
using kernel::irq::LineInfo;

// Whether a core takes interrupts, and so may be named above. Context: any.
using kernel::irq::core_started;

// --- A line that several devices share. Each handler says whether it was its device (Claim::Mine, Claim::NotMine); a line
// that nobody knows is masked as a storm is.
using kernel::irq::Claim;
// `SharedHandler(Claim (*)(IrqContext&) noexcept, argument)`; it stays where it is while it is attached.
using kernel::irq::SharedHandler;
// Context: thread. Errors: as `attach`; Busy also where the line is attached and not shared.
using kernel::irq::attach_shared;
// `detach_shared(handler)`: when it returns the handler does not run. Context: thread, not a handler of that line.
// `detach_shared(handler, context)`: from inside it. Errors: as `detach`.
using kernel::irq::detach_shared;

// --- A line whose work is a thread's: the quick part, if there is one, runs in the interrupt and says whether the thread is
// needed (Quick::Done, Quick::RunThread); a line that stays up is masked until the thread has done its work. The thread may be
// run once more than the device asked for, and find nothing to do: a level falls later than the write that took it back.
using kernel::irq::Quick;
using kernel::irq::ThreadedHandler;
// `line` (Options), `thread` (its name, priority, cores, stack).
using kernel::irq::ThreadedOptions;
// Context: thread. Errors: as `attach`, and those of a thread's spawn.
using kernel::irq::attach_threaded;
// `detach_threaded(self, handler)`: the thread has ended when it returns. Context: thread, not that one. Errors: as `detach`.
using kernel::irq::detach_threaded;

// --- Lines by the nodes of the device tree: `node_line("/soc/serial@7e201000", 0)` is the id to attach, and how it is
// triggered. Context: thread. Cost: linear in the tree. Errors, with words: NotFound (no such node, a disabled one, no
// interrupt of that index), Invalid (a specifier that cannot be), Unsupported (it goes to another controller).
using kernel::NodeLine;
using kernel::NodeRefusal;
[[nodiscard]] inline std::expected<NodeLine, NodeRefusal> node_line(std::string_view path, u32 index = 0) noexcept {
    return kernel::find_node_line(path, index);
}

}  // namespace irq

}  // namespace quartet
