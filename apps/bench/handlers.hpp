// SPDX-License-Identifier: MIT
//
// The handlers of the interrupt figures, in a file of their own that is built without frame pointers in leaf
// functions: the first instruction of `note_entry` is the read of the counter.

#pragma once

#include <kernel/irq/irq_context.hpp>

namespace quartet::bench {

extern constinit u64 handler_entered;  // by note_entry

void note_entry(kernel::IrqContext&) noexcept;
void do_nothing(kernel::IrqContext&) noexcept;
// Its argument is a kernel::Semaphore.
void give_semaphore(kernel::IrqContext& context) noexcept;

}  // namespace quartet::bench
