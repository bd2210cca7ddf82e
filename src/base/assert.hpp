// SPDX-License-Identifier: MIT
//
// Two ways to say that only a bug can bring us here: `check` stays in every build, `debug_check`
// exists where QUARTET_CHECKS is on and costs nothing elsewhere. Both end in `check_failed`,
// which the kernel's panic defines, and the host tests' fake.

#pragma once

#include <base/source_place.hpp>
#include <base/types.hpp>

namespace quartet {

inline constexpr bool checks_enabled = QUARTET_CHECKS != 0;

// `what` is a whole sentence that names the rule that was broken. Not noexcept: the host's fake throws,
// so that a test can expect it; the kernel's never returns.
[[noreturn]] void check_failed(const char* what, SourcePlace where);

constexpr void check(bool holds, const char* what, SourcePlace where = SourcePlace::current()) {
    if (!holds) [[unlikely]]
        check_failed(what, where);
}

constexpr void debug_check(bool holds, const char* what, SourcePlace where = SourcePlace::current()) {
    if constexpr (checks_enabled) check(holds, what, where);
}

}  // namespace quartet
