// SPDX-License-Identifier: MIT
//
// Which sequence an interrupted thread was in: for the interrupt's tail, which has found that it was near one.

#include <arch/restart.hpp>

namespace quartet::arch {

u64 quartet_restart_pc(u64 pc) noexcept {
    for (const RestartRange& range : quartet_restart_ranges) {
        if (pc - range.start < range.done - range.start) return range.start;
    }
    return pc;
}

}  // namespace quartet::arch
