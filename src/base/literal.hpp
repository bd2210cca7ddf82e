// SPDX-License-Identifier: MIT
//
// The text of a table, by its address alone: half as large as a view, whose length is counted when it is asked for.

#pragma once

#include <base/types.hpp>

#include <string_view>

namespace quartet {

class Literal {
public:
    template <usize Size>
    consteval Literal(const char (&text)[Size]) : text_(text) {}  // a string literal: it ends in a zero

    // Cost: a look at each character.
    constexpr std::string_view view() const noexcept { return text_; }
    constexpr operator std::string_view() const noexcept { return view(); }

private:
    const char* text_;
};

}  // namespace quartet
