// SPDX-License-Identifier: MIT
//
// Checked formatting: `format_to(room, "{} of {:#x}", a, b)`. The string is checked against the
// arguments' types while compiling; at run time the arguments are a small array of tagged words and one
// function that is not a template formats them, so that a call costs a few instructions of image each.
// The same array is what a log record stores.
//
// Arguments: integers, char, bool, text (string_view, const char*, nullptr prints "(null)"), pointers and
// PhysAddr (as 0x…), and enums for which `words(e)` is declared beside them.

#pragma once

#include <base/address.hpp>
#include <base/format_spec.hpp>
#include <base/types.hpp>
#include <base/writer.hpp>

#include <array>
#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>

namespace quartet {

// One argument: two words, which a call stores by one instruction. Text is not owned: it must live until it is formatted
// (the log copies it).
class FormatArg {
public:
    union {
        u64 number = 0;
        const char* text;
    };

    constexpr FormatArg() = default;
    constexpr FormatArg(ArgKind what, u64 value) : number(value), shape_(u64{static_cast<u8>(what)} << 32) {}
    constexpr explicit FormatArg(std::string_view value) : text(value.data()), shape_(value.size()) {}

    constexpr ArgKind kind() const { return static_cast<ArgKind>(shape_ >> 32); }
    constexpr u32 length() const { return static_cast<u32>(shape_); }  // of text

private:
    static_assert(static_cast<u8>(ArgKind::Text) == 0, "the length of a text is its shape");
    u64 shape_ = 0;
};

namespace detail {

template <typename T>
concept HasWords = std::is_enum_v<T> && requires(T value) {
    { words(value) } -> std::convertible_to<std::string_view>;
};
template <typename T>
concept Textual = std::convertible_to<const T&, std::string_view>;
template <typename T>
concept Number = std::integral<T> && !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                 !std::same_as<T, char16_t> && !std::same_as<T, char32_t> && sizeof(T) <= 8;
template <typename T>
concept Addresses = std::is_pointer_v<T> || std::is_null_pointer_v<T>;
template <typename T>
concept Formattable = HasWords<T> || Textual<T> || Number<T> || Addresses<T> || std::same_as<T, PhysAddr>;

template <Formattable T>
consteval ArgKind kind_of() {
    if constexpr (std::same_as<T, bool>) return ArgKind::Bool;
    else if constexpr (std::same_as<T, char>) return ArgKind::Char;
    else if constexpr (HasWords<T> || Textual<T>) return ArgKind::Text;
    else if constexpr (Number<T>) return std::is_signed_v<T> ? ArgKind::Signed : ArgKind::Unsigned;
    else return ArgKind::Pointer;
}

constexpr std::string_view text_or_null(const char* text) { return text == nullptr ? "(null)" : text; }
constexpr std::string_view text_or_null(std::string_view text) { return text; }

void the_format_string_does_not_fit_its_arguments();  // never defined: named by the compiler's error message

constexpr bool format_fits(std::string_view text, std::span<const ArgKind> kinds) {
    usize used = 0;
    for (usize at = 0; at < text.size();) {
        char c = text[at++];
        if (c != '{' && c != '}') continue;
        if (at < text.size() && text[at] == c) {
            ++at;
            continue;
        }
        FormatSpec spec;
        if (c == '}' || used == kinds.size() || !parse_spec(text, at, spec)) return false;
        if (!spec_fits(spec, kinds[used++])) return false;
    }
    return used == kinds.size();
}

}  // namespace detail

// A string that was found to fit arguments of these types; made by the compiler alone, so it lies in
// read-only data for ever.
template <typename... Args>
class FormatString {
public:
    template <typename T>
        requires std::convertible_to<const T&, std::string_view>
    consteval FormatString(const T& text) : text_(text) {  // NOLINT: implicit is its purpose
        constexpr ArgKind kinds[sizeof...(Args) + 1] = {detail::kind_of<Args>()..., ArgKind::Text};
        if (!detail::format_fits(text_, std::span{kinds}.first(sizeof...(Args))))
            detail::the_format_string_does_not_fit_its_arguments();
    }
    constexpr std::string_view text() const { return text_; }

private:
    std::string_view text_;
};

// Inlined in what is built for size as well: a call of it is longer than what it does.
template <detail::Formattable T>
[[gnu::always_inline]] constexpr FormatArg format_arg(const T& value) {
    if constexpr (detail::HasWords<T>) return FormatArg{std::string_view{words(value)}};
    else if constexpr (std::same_as<T, PhysAddr>) return {ArgKind::Pointer, value.value()};
    else if constexpr (std::same_as<T, bool> || std::same_as<T, char>)
        return {detail::kind_of<T>(), static_cast<u64>(static_cast<unsigned char>(value))};
    else if constexpr (detail::Number<T>) return {detail::kind_of<T>(), static_cast<u64>(value)};
    else if constexpr (std::is_array_v<T>) return FormatArg{std::string_view{value}};
    else if constexpr (detail::Textual<T> && std::is_convertible_v<const T&, const char*>)
        return FormatArg{detail::text_or_null(static_cast<const char*>(value))};
    else if constexpr (detail::Textual<T>) return FormatArg{std::string_view{value}};
    else return {ArgKind::Pointer, __builtin_bit_cast(u64, static_cast<const volatile void*>(value))};
}

// The arguments of one call.
template <detail::Formattable... Args>
[[gnu::always_inline]] constexpr std::array<FormatArg, sizeof...(Args)> format_list(const Args&... args) {
    return {format_arg(args)...};
}

// The formatter. Context: any. A string that does not fit its arguments (only possible for those who
// bypass FormatString) prints "{?}" for what it cannot format.
void format_args(Writer& out, std::string_view text, std::span<const FormatArg> args) noexcept;

// Context: any.
template <typename... Args>
void format(Writer& out, FormatString<std::type_identity_t<Args>...> text, const Args&... args) noexcept {
    const auto list = format_list(args...);
    format_args(out, text.text(), list);
}

// The text, in `room`; what does not fit is cut off at the end of `room`, and there is no terminator.
// Context: any.
template <typename... Args>
std::string_view format_to(std::span<char> room, FormatString<std::type_identity_t<Args>...> text,
                           const Args&... args) noexcept {
    Writer out{room};
    format(out, text, args...);
    return out.text();
}

}  // namespace quartet
