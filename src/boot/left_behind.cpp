// SPDX-License-Identifier: MIT

#include <boot/left_behind.hpp>

#include <arch/linear_map.hpp>
#include <kernel/time/tick.hpp>
#include <mm/memory.hpp>

namespace quartet::boot {

void handle_timer(kernel::IrqContext&) noexcept { kernel::on_timer_interrupt(); }

Result<PhysAddr> table_from_bump() {
    void* page = TRY(mm::kernel_bump.allocate(page_size, page_size));
    return arch::linear_physical(Unsafe{"the bump allocator was given memory of the linear map"}, page);
}

Result<PhysAddr> table_from_frames() { return mm::kernel_frames.allocate(0); }

}  // namespace quartet::boot
