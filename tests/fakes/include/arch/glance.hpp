// SPDX-License-Identifier: MIT
//
// The host's look at a plain field that another core may be writing: its cores take turns.

#pragma once

#include <arch/sim_point.hpp>
#include <base/unsafe.hpp>

#include <type_traits>

namespace quartet::arch {

template <typename T>
    requires(std::is_scalar_v<T> && sizeof(T) <= 8)
inline T glance(Unsafe, const T& field) noexcept {
    sim_point();
    return *const_cast<const volatile T*>(&field);
}

}  // namespace quartet::arch
