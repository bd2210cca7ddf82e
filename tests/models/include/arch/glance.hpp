// SPDX-License-Identifier: MIT
//
// The models' look at a plain field that another core may be writing: the one access of plain memory that is no data race.

#pragma once

#include <base/unsafe.hpp>

#include <type_traits>

namespace quartet::arch {

template <typename T>
    requires(std::is_scalar_v<T> && sizeof(T) <= 8)
[[gnu::noinline, gnu::no_sanitize_thread]] T glance(Unsafe, const T& field) noexcept {
    return field;
}

}  // namespace quartet::arch
