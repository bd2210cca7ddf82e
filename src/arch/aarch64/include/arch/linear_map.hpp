// SPDX-License-Identifier: MIT
//
// The linear map: all RAM at one fixed distance from its physical address. Text and read-only
// data are left out of it, so that nothing has a writable alias of them.

#pragma once

#include <base/address.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

// The lowest address that TTBR1 translates with 39 bits of virtual address.
inline constexpr uptr linear_base = 0xffff'ff80'0000'0000;

// Safety: `address` lies in RAM that the linear map covers.
inline void* linear_pointer(Unsafe, PhysAddr address) noexcept {
    return reinterpret_cast<void*>(linear_base + address.value());
}

// Safety: `pointer` came from `linear_pointer`.
inline PhysAddr linear_physical(Unsafe, const void* pointer) noexcept {
    return PhysAddr{reinterpret_cast<uptr>(pointer) - linear_base};
}

}  // namespace quartet::arch
