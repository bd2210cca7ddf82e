// SPDX-License-Identifier: MIT
//
// The grammar of a format string, as one constexpr parser that the compile-time check and the
// formatter share: `{}`, or `{:[[fill]align][sign][#][0][width][.precision][type]}`; `{{` and `}}`
// are the braces themselves. It is std::format's grammar without argument numbers, `{:{}}` and floats.

#pragma once

#include <base/types.hpp>

#include <string_view>

namespace quartet {

// What an argument is once its C++ type is gone.
enum class ArgKind : u8 { Text, Unsigned, Signed, Char, Bool, Pointer };

struct FormatSpec {
    static constexpr u16 no_precision = 0xffff;

    char fill = ' ';
    char align = 0;  // '<' '>' '^', 0: numbers right, everything else left
    char sign = 0;   // '+' ' ', 0: a minus alone
    bool alternate = false;
    bool zeros = false;
    u16 width = 0;
    u16 precision = no_precision;  // of text: at most so many characters
    char type = 0;
};

namespace detail {

constexpr bool is_align(char c) { return c == '<' || c == '>' || c == '^'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads digits at `at`. False: none there, or a number over 999.
constexpr bool parse_small(std::string_view text, usize& at, u16& value) {
    usize start = at;
    u32 number = 0;
    for (; at < text.size() && is_digit(text[at]); ++at) {
        number = number * 10 + static_cast<u32>(text[at] - '0');
        if (number > 999) return false;
    }
    value = static_cast<u16>(number);
    return at != start;
}

// Reads what stands between a '{' and its '}', `at` just behind the '{'; leaves it just behind the '}'.
// False: not well formed.
constexpr bool parse_spec(std::string_view text, usize& at, FormatSpec& spec) {
    auto here = [&](char c) { return at < text.size() && text[at] == c; };
    if (here(':')) {
        ++at;
        if (at + 1 < text.size() && is_align(text[at + 1]) && text[at] != '{' && text[at] != '}') {
            spec.fill = text[at];
            spec.align = text[at + 1];
            at += 2;
        } else if (at < text.size() && is_align(text[at])) {
            spec.align = text[at++];
        }
        if (here('+') || here(' ')) spec.sign = text[at++];
        if (here('-')) ++at;
        if (here('#')) spec.alternate = (++at, true);
        if (here('0')) spec.zeros = (++at, true);
        if (at < text.size() && is_digit(text[at]) && !parse_small(text, at, spec.width)) return false;
        if (here('.')) {
            ++at;
            if (!parse_small(text, at, spec.precision)) return false;
        }
        if (at < text.size() && text[at] != '}') spec.type = text[at++];
    }
    if (!here('}')) return false;
    ++at;
    return true;
}

constexpr bool spec_fits(const FormatSpec& spec, ArgKind kind) {
    std::string_view types;
    bool number = false;
    switch (kind) {
        case ArgKind::Signed:
        case ArgKind::Unsigned:
            types = "dxXob";
            number = true;
            break;
        case ArgKind::Pointer:
            types = "pxX";
            number = true;
            break;
        case ArgKind::Char: types = "c"; break;
        case ArgKind::Bool:
        case ArgKind::Text: types = "s"; break;
    }
    if (spec.type != 0 && types.find(spec.type) == std::string_view::npos) return false;
    if (!number && (spec.sign != 0 || spec.alternate || spec.zeros)) return false;
    return spec.precision == FormatSpec::no_precision || kind == ArgKind::Text;
}

}  // namespace detail
}  // namespace quartet
