// SPDX-License-Identifier: MIT
//
// Whether the cores move. Each has a timer of its own, four times in the time that a core may stand still: its interrupt is this
// core's heartbeat, and in it the core looks at the hearts of all others. So a core that idles needs no tick, and is woken four
// times in that time; it is hung as little as a busy one as long as it takes this interrupt, and as much as one where it does not.
// What stands still is reported by whoever sees it first.

#pragma once

#include <base/types.hpp>
#include <kernel/thread/thread_context.hpp>

namespace quartet::kernel {

// How often a core is looked at before it is called hung: so a watcher that was itself held up, as a virtual core is by its host,
// says nothing about the others from one long gap.
inline constexpr u32 heartbeat_looks = 4;

// How long a core may stand still. Under an emulator cores are threads of a machine that may be busy.
inline constexpr u32 default_hang_ms = 250;
inline constexpr u32 emulated_hang_ms = 5000;

// From now on a core that does not move for so long is reported: `fault: hang: …` (LCK08, WDT02). 0: nobody looks, as before the
// first call. A core that comes later neither looks nor is looked at. Context: thread, one at a time. Cost: a call to each core.
void watch_heartbeats(ThreadContext& self, u32 milliseconds) noexcept;

// Cores stand still on purpose, and go on: what was seen of them counts no longer. Whoever holds lets go, once. Context: any.
void hold_heartbeats(bool hold) noexcept;

}  // namespace quartet::kernel
