// SPDX-License-Identifier: MIT

#include <base/printf.hpp>

namespace quartet {
namespace {

enum class Length : u8 { Char, Short, Int, Long, LongLong, Size };

struct Conversion {
    bool left = false;
    bool zeros = false;
    bool alternate = false;
    char sign = 0;  // before what is not negative: '+', ' ', or none
    usize width = 0;
    usize precision = 0;
    bool has_precision = false;
    Length length = Length::Int;
    char kind = 0;
};

// The argument list behind a type of its own: as a parameter, va_list is an array on some machines and none on others.
struct Arguments {
    std::va_list list;
};

usize read_number(const char*& at) {
    usize number = 0;
    for (; *at >= '0' && *at <= '9'; ++at) {
        if (number < 100'000) number = number * 10 + static_cast<usize>(*at - '0');
    }
    return number;
}

void read_flags(const char*& at, Conversion& conversion) {
    for (;; ++at) {
        switch (*at) {
            case '-': conversion.left = true; break;
            case '0': conversion.zeros = true; break;
            case '#': conversion.alternate = true; break;
            case '+': conversion.sign = '+'; break;
            case ' ':
                if (conversion.sign == 0) conversion.sign = ' ';
                break;
            default: return;
        }
    }
}

void read_width(const char*& at, Conversion& conversion, Arguments& args) {
    if (*at != '*') {
        conversion.width = read_number(at);
        return;
    }
    ++at;
    // A negative width is a flag and a width.
    const i64 width = va_arg(args.list, int);
    if (width < 0) conversion.left = true;
    conversion.width = static_cast<usize>(width < 0 ? -width : width);
}

void read_precision(const char*& at, Conversion& conversion, Arguments& args) {
    if (*at != '.') return;
    ++at;
    conversion.has_precision = true;
    if (*at != '*') {
        conversion.precision = read_number(at);
        return;
    }
    ++at;
    // A negative precision is none.
    const int precision = va_arg(args.list, int);
    conversion.has_precision = precision >= 0;
    conversion.precision = precision >= 0 ? static_cast<usize>(precision) : 0;
}

void read_length(const char*& at, Conversion& conversion) {
    switch (*at) {
        case 'h': conversion.length = *++at == 'h' ? (++at, Length::Char) : Length::Short; return;
        case 'l': conversion.length = *++at == 'l' ? (++at, Length::LongLong) : Length::Long; return;
        case 'z':
            ++at;
            conversion.length = Length::Size;
            return;
        default: return;
    }
}

i64 signed_argument(const Conversion& conversion, Arguments& args) {
    switch (conversion.length) {
        case Length::Char: return static_cast<signed char>(va_arg(args.list, int));
        case Length::Short: return static_cast<short>(va_arg(args.list, int));
        case Length::Int: return va_arg(args.list, int);
        case Length::Long: return va_arg(args.list, long);
        case Length::LongLong: return va_arg(args.list, long long);
        case Length::Size: return static_cast<i64>(va_arg(args.list, usize));
    }
    return 0;
}

u64 unsigned_argument(const Conversion& conversion, Arguments& args) {
    switch (conversion.length) {
        case Length::Char: return static_cast<unsigned char>(va_arg(args.list, unsigned));
        case Length::Short: return static_cast<unsigned short>(va_arg(args.list, unsigned));
        case Length::Int: return va_arg(args.list, unsigned);
        case Length::Long: return va_arg(args.list, unsigned long);
        case Length::LongLong: return va_arg(args.list, unsigned long long);
        case Length::Size: return va_arg(args.list, usize);
    }
    return 0;
}

// `prefix`, `zeros` noughts and `body`, in the field.
void put_field(Writer& out, const Conversion& conversion, std::string_view prefix, usize zeros, std::string_view body) {
    const usize length = prefix.size() + zeros + body.size();
    const usize padding = conversion.width > length ? conversion.width - length : 0;
    if (!conversion.left) out.repeat(' ', padding);
    out.put(prefix);
    out.repeat('0', zeros);
    out.put(body);
    if (conversion.left) out.repeat(' ', padding);
}

void put_number(Writer& out, const Conversion& conversion, u64 magnitude, char sign) {
    const u64 base = conversion.kind == 'o' ? 8 : conversion.kind == 'x' || conversion.kind == 'X' ? 16 : 10;
    const char* alphabet = conversion.kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[24];
    usize first = sizeof digits;
    for (u64 rest = magnitude; rest != 0; rest /= base) digits[--first] = alphabet[rest % base];
    const usize count = sizeof digits - first;

    char prefix[3];
    usize prefix_length = 0;
    if (sign != 0) prefix[prefix_length++] = sign;
    if (conversion.alternate && base == 16 && magnitude != 0) {
        prefix[prefix_length++] = '0';
        prefix[prefix_length++] = conversion.kind;
    }
    // At least so many digits: one, unless a precision says otherwise, and for `#o` one more than there are.
    usize least = conversion.has_precision ? conversion.precision : 1;
    if (conversion.alternate && base == 8 && least <= count) least = count + 1;
    usize zeros = least > count ? least - count : 0;
    // The flag fills the field; a precision or a left margin overrules it.
    if (const usize length = prefix_length + zeros + count;
        conversion.zeros && !conversion.left && !conversion.has_precision && conversion.width > length)
        zeros += conversion.width - length;
    put_field(out, conversion, {prefix, prefix_length}, zeros, {digits + first, count});
}

// A text without an end is read no further than the precision.
std::string_view text_of(const char* text, const Conversion& conversion) {
    if (text == nullptr) text = "(null)";
    usize length = 0;
    while ((!conversion.has_precision || length < conversion.precision) && text[length] != '\0') ++length;
    return {text, length};
}

// False: not one of ours.
bool put_conversion(Writer& out, Conversion& conversion, Arguments& args) {
    switch (conversion.kind) {
        case 'd':
        case 'i': {
            const i64 value = signed_argument(conversion, args);
            const u64 magnitude = value < 0 ? u64{0} - static_cast<u64>(value) : static_cast<u64>(value);
            put_number(out, conversion, magnitude, value < 0 ? '-' : conversion.sign);
            return true;
        }
        case 'u':
        case 'o':
        case 'x':
        case 'X': put_number(out, conversion, unsigned_argument(conversion, args), 0); return true;
        case 'p': {
            const u64 address = __builtin_bit_cast(u64, va_arg(args.list, void*));
            conversion.kind = 'x';
            conversion.alternate = true;
            // C drops the prefix of a zero.
            if (address == 0) put_field(out, conversion, {}, 0, "0x0");
            else put_number(out, conversion, address, 0);
            return true;
        }
        case 'c': {
            const char c = static_cast<char>(va_arg(args.list, int));
            put_field(out, conversion, {}, 0, {&c, 1});
            return true;
        }
        case 's': put_field(out, conversion, {}, 0, text_of(va_arg(args.list, const char*), conversion)); return true;
        case '%': out.put('%'); return true;
        default: return false;
    }
}

}  // namespace

void print_c(Writer& out, const char* format, std::va_list args) noexcept {
    Arguments ours;
    va_copy(ours.list, args);
    for (const char* at = format; *at != '\0';) {
        const char* begin = at;
        if (*at++ != '%') {
            while (*at != '\0' && *at != '%') ++at;
            out.put({begin, static_cast<usize>(at - begin)});
            continue;
        }
        Conversion conversion;
        read_flags(at, conversion);
        read_width(at, conversion, ours);
        read_precision(at, conversion, ours);
        read_length(at, conversion);
        conversion.kind = *at;
        if (conversion.kind != '\0') ++at;
        if (!put_conversion(out, conversion, ours)) out.put({begin, static_cast<usize>(at - begin)});
    }
    va_end(ours.list);
}

}  // namespace quartet
