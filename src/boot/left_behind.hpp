// SPDX-License-Identifier: MIT
//
// Functions whose address the start-up leaves in a table that is read later, when the start-up's own code is
// free memory (kernel.ld, `__boot_begin`). scripts/check_boot refuses the address of any that is not resident.

#pragma once

#include <base/address.hpp>
#include <base/result.hpp>
#include <kernel/irq/irq_context.hpp>

namespace quartet::boot {

// The timer interrupt of each core.
void handle_timer(kernel::IrqContext&) noexcept;

// For mm::use_table_source: while there is the first allocator alone, and from then on.
Result<PhysAddr> table_from_bump();
Result<PhysAddr> table_from_frames();

}  // namespace quartet::boot
