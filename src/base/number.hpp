// SPDX-License-Identifier: MIT
//
// Numbers as people type them, at the prompt and in /chosen/bootargs: decimal, or hex behind 0x.

#pragma once

#include <base/result.hpp>
#include <base/types.hpp>

#include <string_view>

namespace quartet {

// The whole of `text`: no sign, no blank, nothing behind it. Context: any.
// Errors: Invalid (not a number, or one over 64 bits).
Result<u64> parse_number(std::string_view text) noexcept;

}  // namespace quartet
