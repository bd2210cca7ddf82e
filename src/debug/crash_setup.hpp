// SPDX-License-Identifier: MIT
//
// What boot calls so that fault reports have names and traces.

#pragma once

#include <base/types.hpp>

namespace quartet::debug {

// Opens the symbol table of the image and gives the kernel the hooks of its reports. An image without a
// table, or with a damaged one, has reports with numbers alone; then returns false.
// Context: boot, once; needs nothing but the MMU.
bool start_reports() noexcept;

// Which image this is: the checksum of its symbol table; 0: it has none. Context: any, after `start_reports`.
u32 image_checksum() noexcept;

}  // namespace quartet::debug
