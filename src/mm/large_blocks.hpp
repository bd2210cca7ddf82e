// SPDX-License-Identifier: MIT
//
// The heap's large blocks in debug builds: each ends in a record of who asked for how much, and what lies between the
// bytes that were asked for and the record is a red zone. So a block holds a record more than was asked for, also where
// that is a whole number of frames: then it is twice as large, for without room behind it there is nothing to look at.
// The largest block, where all of it is asked for, has no record (FrameUse::Whole): debug builds refuse nothing that
// release builds give.
//
// | bytes asked for | red zone | record |

#pragma once

#include <base/assert.hpp>
#include <base/types.hpp>
#include <mm/call_chains.hpp>

namespace quartet::mm {

struct LargeRecord {
    u64 red_zone;  // the last of it: never less
    uptr caller;  // where it was allocated
    usize requested;
    Owners owners;
    u64 guard;
};

// What a block needs beyond the bytes asked for.
inline constexpr usize large_extra = checks_enabled ? sizeof(LargeRecord) : 0;

// `block` has `bytes`, a power of two. Pre: requested + large_extra <= bytes. Debug builds only, as all of this.
void mark_large(void* block, usize bytes, usize requested, uptr caller);

// False where somebody wrote behind what was asked for, and the policy is to go on: the block stays out of use.
bool expect_large_sound(const void* block, usize bytes, uptr caller);

usize large_requested(const void* block, usize bytes);

}  // namespace quartet::mm
