// SPDX-License-Identifier: MIT
//
// What is wrong with the machine's description, one line for each thing with what mends it, collected while
// the tree is read (there is no console yet) and printed by the boot report as `advice: …`.

#pragma once

#include <base/fixed_vector.hpp>
#include <base/format.hpp>
#include <base/types.hpp>

#include <array>
#include <string_view>

namespace quartet::platform {

struct AdviceLine {
    std::array<char, 120> room{};
    u32 length = 0;

    constexpr std::string_view text() const { return {room.data(), length}; }
};

class Advice {
public:
    static constexpr u32 max_lines = 16;

    // A line that does not fit is cut; what is not printable in it (it may quote a tree) becomes '?'.
    // Past max_lines, lines are only counted.
    template <typename... Args>
    void add(FormatString<std::type_identity_t<Args>...> text, const Args&... args) noexcept {
        const auto list = format_list(args...);
        add_args(text.text(), list);
    }
    // Before another tree is read.
    constexpr void clear() {
        lines_.clear();
        dropped_ = 0;
    }

    constexpr const AdviceLine* begin() const { return lines_.begin(); }
    constexpr const AdviceLine* end() const { return lines_.end(); }
    constexpr u32 size() const { return lines_.size(); }
    constexpr u32 dropped() const { return dropped_; }

private:
    void add_args(std::string_view text, std::span<const FormatArg> args) noexcept;

    FixedVector<AdviceLine, max_lines> lines_;
    u32 dropped_ = 0;
};

}  // namespace quartet::platform
