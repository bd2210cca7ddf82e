// SPDX-License-Identifier: MIT
//
// Calls to what runs below the kernel: PSCI by hvc or smc (DEN0022).

#pragma once

#include <arch/conduit.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

// SMC Calling Convention 1.1 (DEN0028): function and arguments in x0-x3, the answer in x0; x4-x17 may change.
// Safety: something below answers this conduit; else the call is an undefined instruction.
inline i64 firmware_call(Unsafe, Conduit conduit, u64 function, u64 a, u64 b, u64 c) noexcept {
    register u64 x0 asm("x0") = function;
    register u64 x1 asm("x1") = a;
    register u64 x2 asm("x2") = b;
    register u64 x3 asm("x3") = c;
    if (conduit == Conduit::Hvc) {
        asm volatile("hvc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
                       "memory");
    } else {
        asm volatile("smc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17",
                       "memory");
    }
    return static_cast<i64>(x0);
}

}  // namespace quartet::arch
