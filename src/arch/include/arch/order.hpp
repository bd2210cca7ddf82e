// SPDX-License-Identifier: MIT
//
// Memory orders, written at every atomic access together with the access that it pairs with.

#pragma once

namespace quartet::arch {

enum class Order : int {
    Relaxed = __ATOMIC_RELAXED,
    Acquire = __ATOMIC_ACQUIRE,
    Release = __ATOMIC_RELEASE,
    AcqRel = __ATOMIC_ACQ_REL,
    SeqCst = __ATOMIC_SEQ_CST,
};

}  // namespace quartet::arch
