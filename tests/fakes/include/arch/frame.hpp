// SPDX-License-Identifier: MIT
//
// The host's frame records have the form of the machine's: the caller's, then the return address.

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

// No point: it looks at nothing that another core may write.
[[gnu::always_inline]] inline uptr frame_address() noexcept {
    return reinterpret_cast<uptr>(__builtin_frame_address(0));
}

}  // namespace quartet::arch
