// SPDX-License-Identifier: MIT

#include <kernel/time/counted_time.hpp>

#include <arch/instruction_count.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/thread/threads.hpp>

namespace quartet::kernel {

bool time_is_counted(ThreadContext& self) noexcept {
    // The counter counts the instructions of all cores: what one of them, or the console, still has to do falls
    // into a try, but not into every one.
    for (u32 tries = 0; tries < 20; ++tries) {
        sleep_for(self, milliseconds(5));
        arch::IrqsMasked masked;
        if (arch::thousand_nops() == 1001) return true;
    }
    return false;
}

}  // namespace quartet::kernel
