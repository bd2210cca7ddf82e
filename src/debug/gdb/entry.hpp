// SPDX-License-Identifier: MIT

#pragma once

#include <base/result.hpp>

namespace quartet::debug::gdb {

// From here on a debugger may come over the console's wire: docs/debugging/gdb.md. Context: boot, the allocator and the
// console are there, once. Errors: NoMemory: then there is none, and the line has all bytes.
Status start() noexcept;

}  // namespace quartet::debug::gdb
