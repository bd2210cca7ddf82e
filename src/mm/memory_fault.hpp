// SPDX-License-Identifier: MIT
//
// How the allocators say that somebody broke memory: one line with the addresses in it, and then the
// stop that every broken rule ends in. Always called with no lock of this room held.

#pragma once

#include <base/assert.hpp>
#include <base/format.hpp>

#include <array>

namespace quartet::mm {

// Context: any, no lock of mm held. Not noexcept: the host's check_failed throws.
template <typename... Args>
[[noreturn]] [[gnu::cold]] void memory_fault(FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
    std::array<char, 240> room{};
    // One byte is kept for the terminator that `check_failed` wants.
    (void)format_to(std::span{room}.first(room.size() - 1), text, args...);
    check_failed(room.data(), std::source_location::current());
}

}  // namespace quartet::mm
