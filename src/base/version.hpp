// SPDX-License-Identifier: MIT
//
// Which Quartet this is and what built it: the first line of the boot report, and the `version` command.

#pragma once

#include <string_view>

#define QUARTET_TEXT_OF(x) #x
#define QUARTET_TEXT(x) QUARTET_TEXT_OF(x)

namespace quartet {

inline constexpr std::string_view version = QUARTET_VERSION;

inline constexpr std::string_view compiler =
#if defined(__clang__)
    "clang " QUARTET_TEXT(__clang_major__) "." QUARTET_TEXT(__clang_minor__) "." QUARTET_TEXT(__clang_patchlevel__);
#else
    "gcc " QUARTET_TEXT(__GNUC__) "." QUARTET_TEXT(__GNUC_MINOR__) "." QUARTET_TEXT(__GNUC_PATCHLEVEL__);
#endif

}  // namespace quartet

#undef QUARTET_TEXT
#undef QUARTET_TEXT_OF
