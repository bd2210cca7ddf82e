// SPDX-License-Identifier: MIT

#include "handlers.hpp"

#include <arch/instruction_count.hpp>
#include <kernel/wait/semaphore.hpp>

namespace quartet::bench {

constinit u64 handler_entered = 0;

void note_entry(kernel::IrqContext&) noexcept { handler_entered = arch::instruction_count(); }

void do_nothing(kernel::IrqContext&) noexcept {}

void give_semaphore(kernel::IrqContext& context) noexcept {
    static_cast<void>(static_cast<kernel::Semaphore*>(context.argument())->give());
}

}  // namespace quartet::bench
