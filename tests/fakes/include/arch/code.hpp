// SPDX-License-Identifier: MIT
//
// Of what can be executed the host's twin knows only what cannot be: nothing.

#pragma once

namespace quartet::arch {

// No point: it never changes.
template <typename F>
inline bool is_code(F* function) noexcept {
    return function != nullptr;
}

}  // namespace quartet::arch
