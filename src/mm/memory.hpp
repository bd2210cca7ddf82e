// SPDX-License-Identifier: MIT
//
// The kernel's own allocators. Constant-initialised: they exist before the first instruction of C++,
// and are empty until boot gives them memory, in this order:
//
//     kernel_bump.give(...)                the range behind the image
//     kernel_frames.add_bank(bank, kernel_bump)   for every bank, reserved parts included
//     kernel_frames.add_range(...)         for every free part of it
//     ... tail = kernel_bump.close()       once nothing boots from it any more; then add_range(tail)

#pragma once

#include <mm/bump.hpp>
#include <mm/frames.hpp>

namespace quartet::mm {

extern constinit Bump kernel_bump;
extern constinit FrameAllocator kernel_frames;

}  // namespace quartet::mm
