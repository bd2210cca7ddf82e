// SPDX-License-Identifier: MIT
//
// Who called whom, from the chain of frame records that x29 heads (AAPCS64, 6.4.6): each record is
// the caller's x29 and the return address. Code is built with frame pointers kept for this.

#pragma once

#include <kernel/iface/crash_hooks.hpp>

namespace quartet::debug {

// Context: any, after a fault too: no lock, no allocation, and whatever the chain holds, no read of
// memory that is not mapped, and an end. The walk stops
//  - at a record that is misaligned, in none of `stacks`, or not higher than the one before,
//  - at a return address outside `code`, which is still given out, unless it is 0,
//  - when `found` is full.
// A chain may leave one stack for one that stands later in `stacks` (a handler's for its thread's),
// never back, so that no chain is cyclic. Where `frame` is in none of them, the 16 KiB above it are taken.
usize backtrace(uptr frame, std::span<const kernel::AddressRange> stacks, kernel::AddressRange code,
                std::span<uptr> found) noexcept;

}  // namespace quartet::debug
