// SPDX-License-Identifier: MIT
//
// Where the first allocator's memory can lie, and how much it must be: judged when the tree is read, when another
// tree can still be taken, and used when the allocator is made.

#pragma once

#include <base/address.hpp>
#include <platform/machine.hpp>

#include <optional>

namespace quartet::boot {

// A range behind the image, else anywhere, with room for all that is allocated before frames are; nothing where the
// machine has none, or nothing would be left of it to run in. `uncopied` is a tree that lies in memory that nothing
// reserves (describe.cpp): the range is clear of it and holds a copy of it. Context: boot. Cost: banks times reservations.
std::optional<PhysRange> start_room(const platform::Machine& machine, PhysRange image, PhysRange uncopied);

}  // namespace quartet::boot
