// SPDX-License-Identifier: MIT
//
// The lines that were entered, newest first, and the place in them where the cursor keys have got to.

#pragma once

#include <base/types.hpp>

#include <string_view>

namespace quartet::shell {

// What one line holds at most; the wire form says so too.
inline constexpr usize max_line = 255;

class History {
public:
    static constexpr usize lines = 16;

    constexpr History() = default;

    // Empty lines and a repetition of the newest are not kept. The oldest one makes room.
    void add(std::string_view line) noexcept;

    usize size() const { return count_; }
    // `age` 0 is the newest; `age` < size().
    std::string_view at(usize age) const { return {line(age).text, line(age).length}; }

private:
    struct Line {
        char text[max_line] = {};
        u8 length = 0;
    };
    static_assert(max_line <= 0xff, "the length is a byte");

    const Line& line(usize age) const { return lines_[(next_ + lines - 1 - age) % lines]; }

    Line lines_[lines] = {};
    usize next_ = 0;
    usize count_ = 0;
};

}  // namespace quartet::shell
