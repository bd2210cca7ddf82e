// SPDX-License-Identifier: MIT
//
// The host's switch is an ordinary call.

#pragma once

#include <arch/context.hpp>

namespace quartet::arch {

inline void switch_context(SavedContext& from, const SavedContext& to) noexcept { quartet_switch_context(&from, &to); }

}  // namespace quartet::arch
