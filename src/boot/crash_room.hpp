// SPDX-License-Identifier: MIT
//
// Where the crash record lies: found by a rule from the machine and the image's place alone, so that the next run finds
// what this one left.

#pragma once

#include <base/address.hpp>
#include <platform/machine.hpp>

namespace quartet::boot {

inline constexpr u64 crash_room_bytes = 16_KiB;

// Reserves free RAM in the image's GiB; returns it. An empty range, and an `advice:` line, where that has none at the places
// that are tried, or where nothing would be left to start in (start_room.hpp). `uncopied` is as there.
// Context: boot, before anybody takes memory. Cost: as `start_room`.
PhysRange reserve_crash_room(platform::Machine& machine, PhysRange image, PhysRange uncopied, platform::Advice& advice);

}  // namespace quartet::boot
