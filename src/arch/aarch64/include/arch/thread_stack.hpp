// SPDX-License-Identifier: MIT
//
// The interrupted thread's stack pointer, as a handler or a fault report sees it.

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

// SP_EL0. Context: handler (SP_EL1 is selected).
inline uptr thread_stack_pointer() noexcept {
    uptr sp;
    asm volatile("mrs %0, sp_el0" : "=r"(sp));
    return sp;
}

}  // namespace quartet::arch
