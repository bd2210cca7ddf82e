// SPDX-License-Identifier: MIT
//
// Which Quartet this is and what built it: the first line of the boot report, and the `version` command.

#pragma once

#include <string_view>

namespace quartet {

inline constexpr std::string_view version = QUARTET_VERSION;

inline constexpr std::string_view compiler = QUARTET_COMPILER;

}  // namespace quartet
