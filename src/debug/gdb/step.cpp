// SPDX-License-Identifier: MIT

#include <debug/gdb/step.hpp>

namespace quartet::debug::gdb {

bool step_by_hand(arch::FaultFrame& frame, u32 instruction) noexcept {
    constexpr u64 daif = 0x3c0;  // as SPSR and the register DAIF have it
    const u32 number = instruction & 31;
    const u64 immediate = u64{instruction >> 8 & 0xf} << 6;
    const bool wait = instruction == 0xd503'207f || instruction == 0xd503'205f;
    if ((instruction & ~31U) == 0xd53b'4220) {  // mrs x, daif
        if (number < 31) frame.x[number] = frame.spsr & daif;
    } else if ((instruction & ~31U) == 0xd51b'4220) {  // msr daif, x
        frame.spsr = (frame.spsr & ~daif) | (number < 31 ? frame.x[number] & daif : 0);
    } else if ((instruction & ~0xf00U) == 0xd503'40df) {  // msr daifset, #
        frame.spsr |= immediate;
    } else if ((instruction & ~0xf00U) == 0xd503'40ff) {  // msr daifclr, #
        frame.spsr &= ~immediate;
    } else if (!wait) {
        return false;
    }
    frame.elr += 4;
    return true;
}

}  // namespace quartet::debug::gdb
