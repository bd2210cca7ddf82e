// SPDX-License-Identifier: MIT
//
// The words that packets are made of: hexadecimal numbers, bytes in hexadecimal, little ends first, and windows of longer texts.

#pragma once

#include <base/types.hpp>
#include <base/writer.hpp>

#include <string_view>

namespace quartet::debug::gdb {

constexpr char hex_digit(u32 value) { return "0123456789abcdef"[value & 0xf]; }

inline void put_byte(Writer& out, u8 byte) noexcept {
    out.put(hex_digit(u32{byte} >> 4));
    out.put(hex_digit(byte));
}
// `bytes` of them, as they lie in memory.
inline void put_little(Writer& out, u64 value, u32 bytes) noexcept {
    for (u32 n = 0; n < bytes; ++n) put_byte(out, static_cast<u8>(value >> 8 * n));
}
// Shortest form.
void put_number(Writer& out, u64 value) noexcept;

// What is left of a packet's body. A reader that fails takes nothing, and what it should fill stays as it was.
class Body {
public:
    constexpr explicit Body(std::string_view text) : rest_(text) {}

    std::string_view rest() const noexcept { return rest_; }
    bool empty() const noexcept { return rest_.empty(); }
    bool take(std::string_view word) noexcept;
    // A number of 1 to 16 digits.
    bool take_number(u64& value) noexcept;
    // Two numbers with a comma between.
    bool take_pair(u64& first, u64& second) noexcept;
    bool take_byte(u8& byte) noexcept;
    bool take_little(u64& value, u32 bytes) noexcept;

private:
    std::string_view rest_;
};

// The part of a text, made anew for each question, that GDB asks for: it reads long ones in pieces.
class Window {
public:
    Window(Writer& out, u64 offset, u64 length) : out_(out), offset_(offset), end_(offset + length) {}
    void put(std::string_view text) noexcept;
    void put_number(u64 value, u32 base) noexcept;
    // Names are people's: what means something in XML or in a packet is shown as `?`.
    void put_name(std::string_view name) noexcept;
    // Whether something comes behind the window.
    bool more() const noexcept { return at_ > end_ && end_ > offset_; }

private:
    void put(char c) noexcept;

    Writer& out_;
    u64 offset_;
    u64 end_;
    u64 at_ = 0;
};

}  // namespace quartet::debug::gdb
