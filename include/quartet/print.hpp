// SPDX-License-Identifier: MIT
//
// Output on the console. The format string is checked against the arguments' types while compiling: `print("{} of {:#x}\n",
// count, address)`. Arguments: integers, char, bool, text, pointers, and enums for which `words(e)` is declared beside
// them, errors among them.

#pragma once

#include <base/format.hpp>
#include <kernel/console/log.hpp>
#include <kernel/console/print.hpp>
#include <quartet/context.hpp>

#include <span>
#include <type_traits>

namespace quartet {

// Writes to the console, with nobody else's output in between up to 256 bytes at a time; '\n' goes out as CR LF. Waits while the
// console's ring is full. Context: thread. Cost: the formatting, and a lock and a copy into the ring.
template <typename... Args>
void print(ThreadContext& self, FormatString<std::type_identity_t<Args>...> text, const Args&... args) noexcept {
    const auto list = format_list(args...);
    kernel::print_args(self, text.text(), list);
}
template <typename... Args>
void print(FormatString<std::type_identity_t<Args>...> text, const Args&... args) noexcept {
    ThreadContext self = this_thread::context();
    const auto list = format_list(args...);
    kernel::print_args(self, text.text(), list);
}

// `log("{} overruns", n)`: a line of the kernel's log, `[seconds.microseconds] …`, which a thread formats and writes later; no
// '\n' at its end. Where the ring is full the line is dropped and counted. Context: any. Cost: some 60 instructions and a loop
// over the text's arguments.
using kernel::log;

}  // namespace quartet
