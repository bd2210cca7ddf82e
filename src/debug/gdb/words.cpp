// SPDX-License-Identifier: MIT

#include <debug/gdb/words.hpp>

#include <kernel/console/packet_catcher.hpp>

namespace quartet::debug::gdb {

using kernel::hex_value;

void put_number(Writer& out, u64 value) noexcept {
    u32 digits = 1;
    while (digits < 16 && value >> 4 * digits != 0) ++digits;
    while (digits > 0) out.put(hex_digit(static_cast<u32>(value >> 4 * --digits)));
}

bool Body::take(std::string_view word) noexcept {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
}

bool Body::take_number(u64& value) noexcept {
    u64 read = 0;
    usize digits = 0;
    for (; digits < rest_.size() && hex_value(rest_[digits]) >= 0; ++digits) {
        if (digits == 16) return false;
        read = read << 4 | static_cast<u32>(hex_value(rest_[digits]));
    }
    if (digits == 0) return false;
    rest_.remove_prefix(digits);
    value = read;
    return true;
}

bool Body::take_pair(u64& first, u64& second) noexcept {
    return take_number(first) && take(",") && take_number(second);
}

bool Body::take_byte(u8& byte) noexcept {
    if (rest_.size() < 2 || hex_value(rest_[0]) < 0 || hex_value(rest_[1]) < 0) return false;
    byte = static_cast<u8>(hex_value(rest_[0]) << 4 | hex_value(rest_[1]));
    rest_.remove_prefix(2);
    return true;
}

bool Body::take_little(u64& value, u32 bytes) noexcept {
    u64 read = 0;
    for (u32 n = 0; n < bytes; ++n) {
        u8 byte = 0;
        if (!take_byte(byte)) return false;
        read |= u64{byte} << 8 * n;
    }
    value = read;
    return true;
}

void Window::put(char c) noexcept {
    if (at_ >= offset_ && at_ < end_) out_.put(c);
    ++at_;
}

void Window::put(std::string_view text) noexcept {
    for (char c : text) put(c);
}

void Window::put_number(u64 value, u32 base) noexcept {
    char room[20];
    usize at = sizeof(room);
    do {
        room[--at] = hex_digit(static_cast<u32>(value % base));
        value /= base;
    } while (value != 0);
    put({room + at, sizeof(room) - at});
}

void Window::put_name(std::string_view name) noexcept {
    for (char c : name) {
        const bool plain = c >= ' ' && c <= '~' && std::string_view{"<>&\"'#$}*"}.find(c) == std::string_view::npos;
        put(plain ? c : '?');
    }
}

}  // namespace quartet::debug::gdb
