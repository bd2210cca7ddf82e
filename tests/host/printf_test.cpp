// SPDX-License-Identifier: MIT
//
// C's format strings against the host's snprintf, over every flag, width, precision, length and limit.

#include <base/printf.hpp>

#include <doctest/doctest.h>

#include <climits>
#include <cstdint>
#include <cstdio>
#include <string>

using namespace quartet;

namespace {

[[gnu::format(printf, 1, 2)]] std::string ours(const char* format, ...) {
    char room[2000];
    Writer out{room};
    std::va_list args;
    va_start(args, format);
    print_c(out, format, args);
    va_end(args);
    return std::string{out.text()};
}

[[gnu::format(printf, 1, 2)]] std::string theirs(const char* format, ...) {
    char room[2000];
    std::va_list args;
    va_start(args, format);
    int length = std::vsnprintf(room, sizeof room, format, args);
    va_end(args);
    REQUIRE(length >= 0);
    return {room, static_cast<usize>(length)};
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

u32 compared = 0;

template <typename T>
void compare(const std::string& format, T value) {
    CAPTURE(format);
    REQUIRE(ours(format.c_str(), value) == theirs(format.c_str(), value));
    ++compared;
}

template <typename F>
void each_field(F&& each) {
    for (unsigned flags = 0; flags < 32; ++flags) {
        std::string text = "%";
        for (unsigned bit = 0; bit < 5; ++bit) {
            if ((flags >> bit & 1) != 0) text += "-0+ #"[bit];
        }
        for (const char* width : {"", "1", "7", "23", "40"}) {
            for (const char* precision : {"", ".", ".0", ".1", ".9", ".30"}) each(text + width + precision);
        }
    }
}

template <typename T>
void compare_all(const char* length, std::initializer_list<T> values) {
    each_field([&](const std::string& field) {
        for (T value : values) {
            for (const char* kind : {"d", "i", "u", "o", "x", "X"}) compare(field + length + kind, value);
        }
    });
}

}  // namespace

TEST_CASE("CON05 printf: integers of every length equal snprintf for every flag, width and precision") {
    compared = 0;
    compare_all<int>("", {0, 1, -1, 10, 123456, INT_MAX, INT_MIN});
    compare_all<int>("hh", {0, 1, -1, 127, 128, 255, 256, -129});
    compare_all<int>("h", {0, 1, -1, 32767, 32768, 65535, 65536, -32769});
    compare_all<long>("l", {0, 1, -1, LONG_MAX, LONG_MIN, 0x1'0000'0000L});
    compare_all<long long>("ll", {0, 1, -1, LLONG_MAX, LLONG_MIN});
    compare_all<usize>("z", {0, 1, SIZE_MAX, SIZE_MAX / 2 + 1});
    CHECK(compared > 100'000);
}

TEST_CASE("CON05 printf: text, characters and pointers equal snprintf for every field") {
    for (const char* flags : {"", "-"}) {
        for (const char* width : {"", "1", "5", "20"}) {
            const std::string field = std::string{"%"} + flags + width;
            for (const char* precision : {"", ".", ".0", ".3", ".50"}) {
                for (const char* text : {"", "a", "quartet", "four cores to a prompt"})
                    compare(field + precision + "s", text);
            }
            for (int c : {97, 37, 0x80, 0xff, 0}) compare(field + "c", c);
            compare(field + "p", static_cast<void*>(&compared));
        }
    }
}

TEST_CASE("CON05 printf: width and precision from arguments, negative ones too") {
    for (int width : {0, 1, 12, -1, -12}) {
        for (int precision : {0, 1, 8, -1, -8}) {
            REQUIRE(ours("<%*.*d>", width, precision, 42) == theirs("<%*.*d>", width, precision, 42));
            REQUIRE(ours("<%*.*s>", width, precision, "text") == theirs("<%*.*s>", width, precision, "text"));
        }
    }
    // Of text that does not end no more is read than the precision says.
    const char open[4] = {'o', 'p', 'e', 'n'};
    CHECK(ours("%.4s", open) == "open");
}

TEST_CASE("CON05 printf: several arguments in order, and what stands between them") {
    CHECK(ours("100%% of %d %s: %#lx%c", 4, "cores", 0x80000ul, '\n') == "100% of 4 cores: 0x80000\n");
    const char* volatile nothing = nullptr;  // which the compiler shall not see, or it refuses the call
    const char* none = nothing;
    CHECK(ours("%s %p", none, static_cast<const void*>(none)) == "(null) 0x0");
}

TEST_CASE("CON05 printf: what is no conversion stands as it is and takes no argument") {
    const std::string unknown = "%y %5.2f|%d %";
    CHECK(ours(unknown.c_str(), 7) == "%y %5.2f|7 %");
}

#pragma GCC diagnostic pop
