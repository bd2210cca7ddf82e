// SPDX-License-Identifier: MIT
//
// A look at a plain field that another core may be writing at this moment. Writers have a lock of their own for it, so it is no
// atomic; who looks without that lock says so here, and copes with every value that the field has had.

#pragma once

#include <base/unsafe.hpp>

#include <type_traits>

namespace quartet::arch {

// One load, neither torn nor repeated nor left out. It orders nothing.
// Safety: whoever writes the field has a lock for it, and the caller copes with every value that it has had.
// Context: any. Cost: 1 instruction.
template <typename T>
    requires(std::is_scalar_v<T> && sizeof(T) <= 8)
[[gnu::always_inline]] inline T glance(Unsafe, const T& field) noexcept {
    return *const_cast<const volatile T*>(&field);
}

}  // namespace quartet::arch
