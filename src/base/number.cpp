// SPDX-License-Identifier: MIT

#include <base/number.hpp>

namespace quartet {
namespace {

// 16 and more: not a digit.
constexpr u32 digit_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<u32>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<u32>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<u32>(c - 'A') + 10;
    return 16;
}

}  // namespace

Result<u64> parse_number(std::string_view text) noexcept {
    u64 base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    if (text.empty()) return fail(Error::Invalid);
    u64 value = 0;
    for (char c : text) {
        u64 digit = digit_value(c);
        if (digit >= base || value > (~u64{0} - digit) / base) return fail(Error::Invalid);
        value = value * base + digit;
    }
    return value;
}

}  // namespace quartet
