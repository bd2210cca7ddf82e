// SPDX-License-Identifier: MIT

#include <base/number.hpp>
#include <shell/arguments.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <random>
#include <string>

using namespace quartet;
using shell::Arguments;

TEST_CASE("CON03 a line is taken apart at blanks, as many as there are") {
    Arguments blank{"    "};
    CHECK(blank.name().empty());
    CHECK(blank.count() == 0);
    CHECK(Arguments{""}.name().empty());

    Arguments poke{"  poke   0x100 5  8  "};
    CHECK(poke.name() == "poke");
    CHECK(poke.count() == 3);
    CHECK(poke[0] == "0x100");
    CHECK(poke[1] == "5");
    CHECK(poke[2] == "8");
    CHECK(poke[3].empty());
    CHECK(poke.rest() == "0x100 5  8  ");

    Arguments many{"echo a b c d e f g h i j k"};
    CHECK(many.count() == 11);
    CHECK(many[7] == "h");
    CHECK(many[8].empty());
    CHECK(many[1'000'000].empty());
    CHECK(many.rest() == "a b c d e f g h i j k");
}

TEST_CASE("CON03 numbers are decimal or 0x hex, whole, and 64 bits at most") {
    CHECK(parse_number("0") == 0);
    CHECK(parse_number("007") == 7);
    CHECK(parse_number("0xfe201000") == 0xfe20'1000);
    CHECK(parse_number("0XABcdef") == 0xabcdef);
    CHECK(parse_number("18446744073709551615") == ~u64{0});
    CHECK(parse_number("0xffffffffffffffff") == ~u64{0});
    CHECK(parse_number("0x0000000000000000000000001") == 1);
    for (const char* bad :
         {"", "0x", "x", "-1", "+1", " 1", "1 ", "1k", "0x1g", "12a", "0b1", "1.0", "0x-1", "18446744073709551616",
          "99999999999999999999", "0x10000000000000000", "184467440737095516150"}) {
        CAPTURE(bad);
        CHECK(parse_number(bad) == std::unexpected{Error::Invalid});
    }
}

TEST_CASE("CON03 random numbers equal the host's strtoull") {
    std::mt19937_64 random{11};
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        bool hex = random() % 2 == 0;
        const std::string_view alphabet = hex ? "0123456789abcdefABCDEF" : "0123456789";
        usize digits = 1 + random() % 22;
        for (usize d = 0; d < digits; ++d) text += alphabet[random() % alphabet.size()];
        if (hex) text = "0x" + text;
        errno = 0;
        unsigned long long expected = std::strtoull(text.c_str(), nullptr, hex ? 16 : 10);
        auto got = parse_number(text);
        if (errno == ERANGE) REQUIRE_FALSE(got.has_value());
        else REQUIRE(got == expected);
    }
}
