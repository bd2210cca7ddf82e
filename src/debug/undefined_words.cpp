// SPDX-License-Identifier: MIT

#include "undefined_words.hpp"

#include <base/format.hpp>

#include <array>

namespace quartet::debug::undefined {

namespace {

constexpr u16 integer = 0;

bool is_signed(const Type& type) { return (type.info & 1) != 0; }
u32 bits_of(const Type& type) { return u32{1} << (type.info >> 1); }
std::string_view name_of(const Type& type) { return type.name; }

// The value in decimal. What is wider than a register, or no integer, is not looked at.
std::string_view number(std::span<char> room, const Type& type, Operand operand) {
    if (type.kind != integer || bits_of(type) > 64) return "?";
    u32 unused = 64 - bits_of(type);
    u64 raised = u64{operand} << unused;
    if (is_signed(type)) return format_to(room, "{}", static_cast<i64>(raised) >> unused);
    return format_to(room, "{}", raised >> unused);
}

bool negative(const Type& type, Operand operand) {
    if (type.kind != integer || !is_signed(type) || bits_of(type) > 64) return false;
    return (u64{operand} >> (bits_of(type) - 1) & 1) != 0;
}

std::string_view use_of(u8 use) {
    constexpr std::string_view words[] = {
        "load of",         "store to",     "reference to", "member access in", "member call on",
        "construction of", "cast down to", "cast down to", "cast up to",       "cast to the virtual base"};
    return use < std::size(words) ? words[use] : "use of";
}

using Digits = std::array<char, 24>;

}  // namespace

std::string_view overflow(std::span<char> room, const Overflow& what, char sign, Operand left, Operand right) noexcept {
    Digits one, two;
    return format_to(room, "{} {} {} overflows {}", number(one, *what.type, left), sign, number(two, *what.type, right),
                     name_of(*what.type));
}

std::string_view negation(std::span<char> room, const Overflow& what, Operand value) noexcept {
    Digits digits;
    return format_to(room, "-({}) overflows {}", number(digits, *what.type, value), name_of(*what.type));
}

std::string_view division(std::span<char> room, const Overflow& what, Operand left, Operand right) noexcept {
    Digits digits;
    if (number(digits, *what.type, right) != "0") return overflow(room, what, '/', left, right);
    return format_to(room, "{} is divided by zero", number(digits, *what.type, left));
}

std::string_view shift(std::span<char> room, const Shift& what, Operand left, Operand right) noexcept {
    Digits one, two;
    return format_to(room, "shift of {} by {} in {}, which has {} bits{}", number(one, *what.left, left),
                     number(two, *what.right, right), name_of(*what.left), bits_of(*what.left),
                     negative(*what.left, left) ? " and a sign" : "");
}

std::string_view index(std::span<char> room, const Index& what, Operand index) noexcept {
    Digits digits;
    return format_to(room, "index {} is out of bounds of {}", number(digits, *what.index, index), name_of(*what.array));
}

std::string_view pointer(std::span<char> room, const Pointer& what, uptr address) noexcept {
    u64 alignment = u64{1} << what.log2_alignment;
    if (address == 0) return format_to(room, "{} {} through null", use_of(what.use), name_of(*what.type));
    if (!is_aligned(address, alignment))
        return format_to(room, "{} {} at {:#x}, which is no multiple of {}", use_of(what.use), name_of(*what.type),
                         address, alignment);
    return format_to(room, "{} {} at {:#x}, where no such object has room", use_of(what.use), name_of(*what.type),
                     address);
}

std::string_view alignment(std::span<char> room, const Alignment& what, uptr address, uptr promised) noexcept {
    return format_to(room, "{} {:#x} is promised to be a multiple of {}", name_of(*what.type), address, promised);
}

std::string_view pointer_sum(std::span<char> room, uptr from, uptr to) noexcept {
    return format_to(room, "pointer arithmetic leaves the address space: {:#x} to {:#x}", from, to);
}

std::string_view value(std::span<char> room, const Value& what, Operand value) noexcept {
    Digits digits;
    return format_to(room, "{} is no value of {}", number(digits, *what.type, value), name_of(*what.type));
}

std::string_view builtin(const Builtin& what) noexcept {
    return what.kind == 0 ? "the trailing zeros of 0 are counted" : "the leading zeros of 0 are counted";
}

}  // namespace quartet::debug::undefined
