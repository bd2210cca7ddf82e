// SPDX-License-Identifier: MIT
//
// Fuzzing format strings. The first byte says which kind: one conversion of C's, put together from the bytes that
// follow and compared with the host's snprintf; any bytes as a format in C, all of whose arguments are texts; or any
// bytes as a format of ours with arguments of any kinds, which also says whether the compile-time check was right.

#include <base/format.hpp>
#include <base/printf.hpp>
#include <base/writer.hpp>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace quartet;

namespace {

void demand(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "CON05: %s\n", what);
    std::abort();
}

class Bytes {
public:
    Bytes(const u8* data, usize size) : data_(data), size_(size) {}

    u8 next() { return at_ < size_ ? data_[at_++] : u8{0}; }
    u64 next_word() {
        u64 word = 0;
        for (u32 n = 0; n < 8; ++n) word = word << 8 | next();
        return word;
    }
    std::string_view rest() const { return {reinterpret_cast<const char*>(data_) + at_, size_ - at_}; }

private:
    const u8* data_;
    usize size_;
    usize at_ = 0;
};

std::string ours(const char* format, ...) {
    char room[2100];
    Writer out{room};
    std::va_list args;
    va_start(args, format);
    print_c(out, format, args);
    va_end(args);
    return std::string{out.text()};
}

std::string theirs(const char* format, ...) {
    char room[2100];
    std::va_list args;
    va_start(args, format);
    const int length = std::vsnprintf(room, sizeof room, format, args);
    va_end(args);
    demand(length >= 0 && static_cast<usize>(length) < sizeof room, "the host's snprintf has a text for it");
    return {room, static_cast<usize>(length)};
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

template <typename... Args>
void compare(const std::string& format, Args... args) {
    const std::string mine = ours(format.c_str(), args...);
    const std::string host = theirs(format.c_str(), args...);
    if (mine != host)
        std::fprintf(stderr, "format \"%s\": \"%s\", and by the host \"%s\"\n", format.c_str(), mine.c_str(),
                     host.c_str());
    demand(mine == host, "another text than the host's");
}

// Where ISO C says what comes: 0 and the precision of c, # of d, i, u, c, s, 0 of s and p are nobody's.
std::string flags_for(char conversion, u8 bits) {
    std::string_view allowed = "-0+ #";
    switch (conversion) {
        case 'd':
        case 'i': allowed = "-0+ "; break;
        case 'u': allowed = "-0"; break;
        case 'c':
        case 's':
        case 'p': allowed = "-"; break;
        default: allowed = "-0#"; break;
    }
    std::string flags;
    for (u32 n = 0; n < allowed.size(); ++n) {
        if ((bits >> n & 1) != 0) flags += allowed[n];
    }
    return flags;
}

void one_conversion(Bytes& bytes) {
    const char conversion = "diuxXocs%p"[bytes.next() % 10];
    if (conversion == '%') return compare("a%%b");
    std::string format = "<%" + flags_for(conversion, bytes.next());
    const u8 form = bytes.next();
    const int width = bytes.next() - 20;
    const int precision = bytes.next() - 20;
    const bool precise = (form & 4) != 0 && conversion != 'c' && conversion != 'p';
    if ((form & 1) != 0) format += (form & 2) != 0 ? std::string{"*"} : std::to_string(std::max(width, 1));
    if (precise) format += (form & 8) != 0 ? std::string{".*"} : "." + std::to_string(std::max(precision, 0));
    const bool width_argument = (form & 3) == 3;
    const bool precision_argument = precise && (form & 8) != 0;

    auto with = [&](auto value) {
        if (width_argument && precision_argument) return compare(format, width, precision, value);
        if (width_argument) return compare(format, width, value);
        if (precision_argument) return compare(format, precision, value);
        compare(format, value);
    };
    if (conversion == 's') {
        const std::string text{bytes.rest().substr(0, 300)};
        format += "s>";
        return with(text.c_str());
    }
    const u64 word = bytes.next_word();
    if (conversion == 'p') {
        if (word == 0) return;  // ours is 0x0, as said there
        format += "p>";
        return with(reinterpret_cast<const void*>(word));  // NOLINT: it is printed, not followed
    }
    if (conversion == 'c') {
        format += "c>";
        return with(static_cast<int>(word % 127 + 1));
    }
    const u32 length = bytes.next() % 6;
    format += std::array{"hh", "h", "", "l", "ll", "z"}[length];
    format += conversion;
    format += ">";
    if (length < 3) with(static_cast<int>(word));
    else with(static_cast<long long>(word));
}

// What is no conversion stands as it is; what is one takes a text, whatever it makes of it.
void any_bytes_in_c(Bytes& bytes) {
    std::string format{bytes.rest().substr(0, 200)};
    const auto takes = std::count(format.begin(), format.end(), '%') + std::count(format.begin(), format.end(), '*');
    if (takes > 16) return;
    // As a width the lower half of an address could be 2^31 blanks.
    std::erase(format, '*');
    char room[64];
    usize drained = 0;
    Writer out{room, [](void* sum, std::string_view text) { *static_cast<usize*>(sum) += text.size(); }, &drained};
    const char* text = "some text";
    auto print = [&](const char* form, ...) {
        std::va_list args;
        va_start(args, form);
        print_c(out, form, args);
        va_end(args);
    };
    print(format.c_str(), text, text, text, text, text, text, text, text, text, text, text, text, text, text, text,
          text);
    out.flush();
    demand(drained == out.wanted(), "what was wanted is what was written");
}

#pragma GCC diagnostic pop

void any_bytes_of_ours(Bytes& bytes) {
    constexpr std::array kinds_there{ArgKind::Signed, ArgKind::Unsigned, ArgKind::Char,
                                     ArgKind::Bool,   ArgKind::Text,     ArgKind::Pointer};
    const usize count = bytes.next() % 5;
    std::array<ArgKind, 4> kinds{};
    std::array<FormatArg, 4> args{};
    for (usize n = 0; n < count; ++n) {
        kinds[n] = kinds_there[bytes.next() % kinds_there.size()];
        args[n] = kinds[n] == ArgKind::Text ? FormatArg{"text"} : FormatArg{kinds[n], bytes.next_word()};
    }
    const std::string_view text = bytes.rest().substr(0, 300);
    const bool fits = detail::format_fits(text, std::span{kinds}.first(count));
    char small[16];
    char large[8192];
    Writer cut{small};
    Writer whole{large};
    format_args(cut, text, std::span{args}.first(count));
    format_args(whole, text, std::span{args}.first(count));
    demand(cut.wanted() == whole.wanted(), "the length does not depend on the room");
    demand(whole.text().substr(0, cut.text().size()) == cut.text(), "what is cut off is the end");
    // A text holds no such thing by itself, and no argument here does.
    const bool refused = whole.text().find("{?}") != std::string_view::npos;
    if (text.find("{?}") == std::string_view::npos && text.find('?') == std::string_view::npos)
        demand(!fits || !refused, "what the compiler accepts is formatted");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    Bytes bytes{data, size};
    switch (bytes.next() % 3) {
        case 0: one_conversion(bytes); break;
        case 1: any_bytes_in_c(bytes); break;
        default: any_bytes_of_ours(bytes); break;
    }
    return 0;
}
