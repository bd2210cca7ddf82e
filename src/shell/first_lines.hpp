// SPDX-License-Identifier: MIT
//
// The lines that the machine's owner wants run first, as bytes that might have been typed: `;` ends a line, `_` is
// a blank, and the last line needs no end.

#pragma once

#include <base/types.hpp>

#include <string_view>

namespace quartet::shell {

class FirstLines {
public:
    constexpr explicit FirstLines(std::string_view text) : text_(text) {
        if (text_.ends_with(';')) text_.remove_suffix(1);
        left_ = text_.empty() ? 0 : text_.size() + 1;
    }

    constexpr bool empty() const { return left_ == 0; }

    // The next byte; only while not empty.
    constexpr u8 take() {
        const char next = left_ == 1 ? ';' : text_[text_.size() + 1 - left_];
        left_ -= 1;
        switch (next) {
            case ';': return '\r';
            case '_': return ' ';
            default: return static_cast<u8>(next);
        }
    }

private:
    std::string_view text_;
    usize left_;    // with the end of the last line
};

}  // namespace quartet::shell
