// SPDX-License-Identifier: MIT
//
// Formatted text straight to the console: what applications print by.

#pragma once

#include <base/format.hpp>
#include <kernel/thread/thread_context.hpp>

#include <span>
#include <string_view>

namespace quartet::kernel {

// Writes `text` with `args` in it, as FormatString has checked them; in pieces of at most 256 bytes, each with nobody
// else's output in between. Context: thread, once there is a console. Cost: as Console::write, and 256 bytes of stack.
void print_args(ThreadContext& self, std::string_view text, std::span<const FormatArg> args) noexcept;

}  // namespace quartet::kernel
