// SPDX-License-Identifier: MIT
//
// What boot calls so that fault reports have names and traces.

#pragma once

namespace quartet::debug {

// Opens the symbol table of the image and gives the kernel the hooks of its reports. An image without a
// table, or with a damaged one, has reports with numbers alone; then returns false.
// Context: boot, once; needs nothing but the MMU.
bool start_reports() noexcept;

}  // namespace quartet::debug
