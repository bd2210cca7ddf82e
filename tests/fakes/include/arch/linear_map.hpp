// SPDX-License-Identifier: MIT
//
// The host's linear map: a test allocates an arena and says at which physical address it lies.

#pragma once

#include <base/address.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

// What the kernel's own tables call the base of the linear map; nothing of this program lies there.
inline constexpr uptr linear_base = 0xffff'ff80'0000'0000;

// Virtual minus physical, as a wrapping number.
inline uptr sim_linear_base = 0;

// No point, nor the other one: arithmetic.
inline void* linear_pointer(Unsafe, PhysAddr address) noexcept {
    return reinterpret_cast<void*>(sim_linear_base + address.value());
}
inline PhysAddr linear_physical(Unsafe, const void* pointer) noexcept {
    return PhysAddr{reinterpret_cast<uptr>(pointer) - sim_linear_base};
}

}  // namespace quartet::arch
