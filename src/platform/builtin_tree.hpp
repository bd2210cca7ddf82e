// SPDX-License-Identifier: MIT
//
// The tree inside the image: the bytes of quartet.dtb, used where none that can be used was handed over.

#pragma once

#include <cstddef>
#include <span>

namespace quartet::platform {

// Exactly the bytes of build/PRESET/quartet.dtb. Context: any.
std::span<const std::byte> builtin_tree() noexcept;

}  // namespace quartet::platform
