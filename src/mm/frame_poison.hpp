// SPDX-License-Identifier: MIT
//
// Debug builds fill a frame that is freed with a pattern, and look at it again before it is given out:
// what differs was written by somebody who had no right to it any more. In release builds all of this
// is empty.

#pragma once

#include <base/address.hpp>
#include <base/assert.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <optional>

namespace quartet::mm {

// Odd, and no address of anything: a pointer read from it faults.
inline constexpr u64 frame_poison = 0x6b6b'6b6b'6b6b'6b6b;

struct PoisonDamage {
    PhysAddr frame;
    PhysAddr at;
    u64 found;
};

// Safety: the block of `bytes` at `block` belongs to the caller, and the linear map covers it.
void fill_with_poison(Unsafe, PhysAddr block, usize bytes) noexcept;

// The first word of the frame that no longer holds the pattern. Pre: as above.
std::optional<PoisonDamage> find_poison_damage(PhysAddr frame) noexcept;

}  // namespace quartet::mm
