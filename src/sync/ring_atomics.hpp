// SPDX-License-Identifier: MIT
//
// What the rings of base/ring.hpp need of the machine; the models put their own here.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>

namespace quartet::sync {

struct RingAtomics {
    using Counter = arch::Atomic<u64>;
    using Order = arch::Order;
    template <typename Item>
    using Stored = Item;
};

}  // namespace quartet::sync
