// SPDX-License-Identifier: MIT
//
// Beside describe.cpp, which is given back after the start-up, stays what it found.

#include <boot/described.hpp>

namespace quartet::boot {

[[gnu::section(".bss.sealed")]] constinit StaticRoom<Described> the_description;

const Described& described(const Done<phase::Describe>&) { return *the_description.get(); }

}  // namespace quartet::boot
