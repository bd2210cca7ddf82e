// SPDX-License-Identifier: MIT
//
// Case: CMP62 a second view of memory without a reason
// Refused-by: gcc `to ‘quartet::Unsafe’`
// Refused-by: clang `too few arguments to function call`

#include <mm/kernel_map.hpp>

using namespace quartet;

#if WRONG
Status f(uptr at, PhysAddr frame) { return mm::map(at, frame, page_size, mm::Access::ReadWrite); }
#else
Status f(uptr at, PhysAddr frame) {
    return mm::map(Unsafe{"the frame is the caller's"}, at, frame, page_size, mm::Access::ReadWrite);
}
#endif
