// SPDX-License-Identifier: MIT
//
// The range that the first allocator was given.

#pragma once

#include <base/address.hpp>
#include <boot/phase/phases.hpp>

namespace quartet::boot {

PhysRange start_memory(const Done<phase::Bump>&);

}  // namespace quartet::boot
