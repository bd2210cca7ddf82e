// SPDX-License-Identifier: MIT
//
// Interrupts: who handles which, on which core. The path from the vector to the handler is vectors.S
// and a table; what stands here fills the table and answers questions about it.
//
// A shared id (32 and up) goes to one core. An id below 32 exists once a core: attaching, enabling
// and disabling it are meant for all cores, those that start later included.
//
// Here a line has one handler, which does all its work. Several on one line: shared_handler.hpp; work that may wait:
// threaded_handler.hpp, deferred_work.hpp; by a node of the device tree: node_line.hpp; on another core: cross_call.hpp.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/result.hpp>
#include <kernel/iface/interrupt_controller.hpp>
#include <kernel/irq/irq_context.hpp>

#include <array>
#include <string_view>

namespace quartet::kernel {

struct Core;

namespace irq {

struct Options {
    u32 core = 0;  // which handles it; shared ids only
    IrqPriority priority = IrqPriority::Normal;
    Trigger trigger = Trigger::LevelSensitive;
    // Interrupts a second above which a line that keeps it up for a quarter of a second is taken for
    // stuck and masked; 0: never. Not for software interrupts, which somebody has to send.
    u32 storm_limit = 40'000;
    std::string_view name = "";  // for reports; lives as long as it is attached
};

// From here on `controller`, whose distributor is set up, is the machine's; `cpu_interface` is the
// address that vectors.S acknowledges at. Context: boot, once.
void start(InterruptController& controller, uptr cpu_interface) noexcept;

// This core takes interrupts from now on, once it opens them: its interface, its own ids, its record
// as vectors.S wants it. Context: each core once, masked.
void start_core(Core& core, const arch::IrqsMasked&) noexcept;
bool core_started(u32 core) noexcept;

// Ids that the machine has; 0 before `start`.
u32 lines() noexcept;

// The handler is called once `enable` was. Context: boot or thread, handlers too.
// Errors: Invalid (no such id, no handler, a core that has not started), Busy (attached already).
Status attach(u32 id, IrqHandler handler, void* argument, const Options& options = {}) noexcept;

// Disables it, waits until no core runs its handler any more, and forgets it.
// Context: thread, interrupts open. Cost: the rest of one handler's run. Errors: Invalid (not attached), InHandler, Busy
// (a shared line or a threaded handler, which have a `detach` of their own), Timeout (a handler did not end in 100 ms:
// it stays attached, disabled).
Status detach(u32 id) noexcept;
// The same from inside the handler, which is the one that runs. Shared ids only. Errors: Invalid, Busy.
Status detach(IrqContext& context) noexcept;

// Context: any; a shared id under any lock, another one under none. Whoever enables an id while
// another detaches it has it masked again as unhandled. Errors: Invalid (not attached).
Status enable(u32 id) noexcept;
// No handler begins after it returns, on this core or, for a shared id, on any. One that waits stays
// pending; a software interrupt, which no controller need be able to mask, is counted as unhandled and lost. Context: as `enable`.
Status disable(u32 id) noexcept;

// Context: any. Errors: Invalid (not a software interrupt, a core that has not started).
Status trigger(u32 id, u32 core) noexcept;

// Makes a shared id pending, as its device would, on the core that handles it; while it is disabled it waits. What the caller
// wrote before is seen by the handler. Context: any. Cost: a barrier and a device write. Errors: Invalid (not attached, not shared).
Status pend(u32 id) noexcept;

// From now on `core` handles it. One that runs ends where it is; the next, though it may be pending already, comes on
// the new core, and not before that end: the controller keeps an active id from all others (IHI 0048B 3.2.4).
// Context: boot or thread, handlers too. Errors: Invalid (not attached, not shared, a core that has not started).
Status set_core(u32 id, u32 core) noexcept;

// For reports. Counters wrap.
struct LineInfo {
    std::string_view name;
    bool attached = false;
    bool enabled = false;
    bool stormed = false;  // masked because it would not stop
    u32 unclaimed = 0;  // of a shared line: interrupts that none of its handlers knew
    u32 core = 0;
    std::array<u32, max_cores> counts{};
};
// Context: thread. Errors: Invalid.
Result<LineInfo> info(u32 id) noexcept;

struct SpecialCounts {
    u32 spurious = 0;  // 1023: there was nothing to acknowledge any more
    u32 wrong_group = 0;  // 1020-1022: the controller is configured wrongly
};
SpecialCounts specials(u32 core) noexcept;

}  // namespace irq

}  // namespace quartet::kernel
