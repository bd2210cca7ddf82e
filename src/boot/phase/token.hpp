// SPDX-License-Identifier: MIT
//
// Proof that a phase of the start-up is over. Only the phase itself can make its token, and a phase
// that builds on others takes theirs as parameters: a wrong order does not compile.

#pragma once

namespace quartet::boot {

template <typename Name>
class [[nodiscard]] Done {
private:
    friend Name;
    constexpr Done() = default;
};

}  // namespace quartet::boot
