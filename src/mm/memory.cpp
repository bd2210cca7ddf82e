// SPDX-License-Identifier: MIT

#include <mm/memory.hpp>

namespace quartet::mm {

constinit Bump kernel_bump;
constinit FrameAllocator kernel_frames;

}  // namespace quartet::mm
