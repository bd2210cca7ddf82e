// SPDX-License-Identifier: MIT
//
// What can be executed: the image's text and nothing else.

#pragma once

#include <arch/image.hpp>
#include <base/types.hpp>

namespace quartet::arch {

// Whether an instruction of the image can lie at `function`. Context: any. Cost: 7 instructions.
template <typename F>
[[gnu::always_inline]] inline bool is_code(F* function) noexcept {
    const uptr at = reinterpret_cast<uptr>(function);
    const uptr begin = reinterpret_cast<uptr>(_start);
    return at - begin < reinterpret_cast<uptr>(__text_end) - begin && at % 4 == 0;
}

}  // namespace quartet::arch
