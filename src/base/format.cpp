// SPDX-License-Identifier: MIT

#include <base/format.hpp>

namespace quartet {
namespace {

// `body` in a field of `spec.width`, aligned as `spec` says or else as `natural` does.
void put_padded(Writer& out, const FormatSpec& spec, char natural, std::string_view prefix, std::string_view body) {
    usize length = prefix.size() + body.size();
    usize padding = spec.width > length ? spec.width - length : 0;
    if (spec.zeros && spec.align == 0 && natural == '>') {
        out.put(prefix);
        out.repeat('0', padding);
        out.put(body);
        return;
    }
    char align = spec.align != 0 ? spec.align : natural;
    usize before = align == '<' ? 0 : align == '>' ? padding : padding / 2;
    out.repeat(spec.fill, before);
    out.put(prefix);
    out.put(body);
    out.repeat(spec.fill, padding - before);
}

void put_number(Writer& out, const FormatSpec& spec, u64 magnitude, bool negative) {
    char digits[64];
    usize first = sizeof digits;
    u32 base = spec.type == 'x' || spec.type == 'X' ? 16 : spec.type == 'o' ? 8 : spec.type == 'b' ? 2 : 10;
    const char* alphabet = spec.type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    u64 rest = magnitude;
    do {
        digits[--first] = alphabet[rest % base];
        rest /= base;
    } while (rest != 0);

    char prefix[3];
    usize length = 0;
    if (negative) prefix[length++] = '-';
    else if (spec.sign != 0) prefix[length++] = spec.sign;
    if (spec.alternate && base != 10 && (base != 8 || magnitude != 0)) {
        prefix[length++] = '0';
        if (base != 8) prefix[length++] = spec.type;
    }
    put_padded(out, spec, '>', {prefix, length}, {digits + first, sizeof digits - first});
}

void put_arg(Writer& out, FormatSpec spec, const FormatArg& arg) {
    switch (arg.kind()) {
        case ArgKind::Signed: {
            bool negative = static_cast<i64>(arg.number) < 0;
            put_number(out, spec, negative ? u64{0} - arg.number : arg.number, negative);
            return;
        }
        case ArgKind::Unsigned: put_number(out, spec, arg.number, false); return;
        case ArgKind::Pointer:
            if (spec.type == 0 || spec.type == 'p') {
                spec.type = 'x';
                spec.alternate = true;
            }
            put_number(out, spec, arg.number, false);
            return;
        case ArgKind::Char: {
            char c = static_cast<char>(arg.number);
            put_padded(out, spec, '<', {}, {&c, 1});
            return;
        }
        case ArgKind::Bool: put_padded(out, spec, '<', {}, arg.number != 0 ? "true" : "false"); return;
        case ArgKind::Text: {
            std::string_view text{arg.text, arg.length()};
            put_padded(out, spec, '<', {}, text.substr(0, spec.precision));
            return;
        }
    }
}

}  // namespace

void format_args(Writer& out, std::string_view text, std::span<const FormatArg> args) noexcept {
    usize next = 0;
    for (usize at = 0; at < text.size();) {
        char c = text[at++];
        if (c == '{' || c == '}') {
            if (at < text.size() && text[at] == c) {
                ++at;
            } else {
                FormatSpec spec;
                bool fits = c == '{' && detail::parse_spec(text, at, spec) && next < args.size() &&
                            detail::spec_fits(spec, args[next].kind());
                if (fits) put_arg(out, spec, args[next++]);
                else out.put("{?}");
                continue;
            }
        }
        out.put(c);
    }
}

}  // namespace quartet
