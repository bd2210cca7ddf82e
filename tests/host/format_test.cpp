// SPDX-License-Identifier: MIT
//
// Checked formatting against the host's snprintf over every flag, width and limit that both know.

#include <base/format.hpp>
#include <base/result.hpp>

#include <doctest/doctest.h>

#include <cstdio>
#include <limits>
#include <random>
#include <string>

using namespace quartet;

namespace {

template <typename... Args>
std::string text_of(FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
    char room[1200];
    return std::string{format_to(room, text, args...)};
}

// The formatter with a string made at run time, as a log record replays it.
std::string replay(const std::string& text, FormatArg arg) {
    char room[1200];
    Writer out{room};
    format_args(out, text, {&arg, 1});
    return std::string{out.text()};
}

template <typename T>
std::string reference(const std::string& text, T value) {
    char room[1200];
    int length = std::snprintf(room, sizeof room, text.c_str(), value);
    return {room, static_cast<usize>(length)};
}

const i64 signed_limits[] = {0,
                             1,
                             -1,
                             9,
                             10,
                             -10,
                             127,
                             -128,
                             255,
                             32767,
                             -32768,
                             65536,
                             2147483647,
                             -2147483648LL,
                             4294967296LL,
                             std::numeric_limits<i64>::max(),
                             std::numeric_limits<i64>::min()};

}  // namespace

TEST_CASE("CON05 integers equal snprintf for every flag, width and limit") {
    u32 compared = 0;
    for (int width = 0; width <= 40; ++width) {
        for (const char* flags : {"", "0", "<", "#", "#0", "+", " ", "+0"}) {
            std::string ours = flags;
            std::string theirs = flags;
            if (theirs == "<") theirs = "-";
            std::string field = width == 0 ? "" : std::to_string(width);
            bool has_sign = theirs.find_first_of("+ ") != std::string::npos;
            bool has_prefix = theirs.find('#') != std::string::npos;
            for (i64 value : signed_limits) {
                u64 bits = static_cast<u64>(value);
                if (!has_prefix) {
                    std::string got = replay("{:" + ours + field + "d}", {ArgKind::Signed, bits});
                    REQUIRE(got == reference("%" + theirs + field + "lld", static_cast<long long>(value)));
                    ++compared;
                }
                if (has_sign) continue;
                for (std::string type : {"x", "X", "o", "d"}) {
                    if (has_prefix && (type == "d" || bits == 0)) continue;  // C drops 0x before a zero
                    std::string got = replay("{:" + ours + field + type + "}", {ArgKind::Unsigned, bits});
                    std::string c_type = type == "d" ? "llu" : "ll" + type;
                    REQUIRE(got == reference("%" + theirs + field + c_type, static_cast<unsigned long long>(bits)));
                    ++compared;
                }
            }
        }
    }
    CHECK(compared > 15'000);
}

TEST_CASE("CON05 text equals snprintf for every width and precision") {
    for (std::string text : {std::string{}, std::string{"a"}, std::string{"quartet"}, std::string(300, 'x')}) {
        for (int width = 0; width <= 320; width += 7) {
            for (int precision = -1; precision <= 310; precision += 5) {
                std::string field = width == 0 ? "" : std::to_string(width);
                if (precision >= 0) field += "." + std::to_string(precision);
                REQUIRE(replay("{:<" + field + "}", FormatArg{text}) == reference("%-" + field + "s", text.c_str()));
                REQUIRE(replay("{:>" + field + "s}", FormatArg{text}) == reference("%" + field + "s", text.c_str()));
            }
        }
    }
}

TEST_CASE("CON05 random integers in random fields equal snprintf") {
    std::mt19937_64 random{5};
    for (int round = 0; round < 20'000; ++round) {
        u64 value = random() >> (random() % 64);
        std::string width = std::to_string(1 + random() % 70);
        REQUIRE(replay("{:#" + width + "x}", {ArgKind::Unsigned, value | 1}) ==
                reference("%#" + width + "llx", static_cast<unsigned long long>(value | 1)));
        REQUIRE(replay("{:" + width + "}", {ArgKind::Signed, value}) ==
                reference("%" + width + "lld", static_cast<long long>(value)));
    }
}

TEST_CASE("CON05 every kind of argument in its plain form") {
    CHECK(text_of("nothing") == "nothing");
    CHECK(text_of("{{}} {}", 5) == "{} 5");
    CHECK(text_of("{} {} {}", i8{-128}, u8{255}, u16{65535}) == "-128 255 65535");
    CHECK(text_of("{}{}", 'a', '\n') == "a\n");
    CHECK(text_of("{} {}", true, false) == "true false");
    CHECK(text_of("{} {}", "text", std::string_view{"view"}) == "text view");
    CHECK(text_of("{}", static_cast<const char*>(nullptr)) == "(null)");
    CHECK(text_of("{}", PhysAddr{0xfe20'1000}) == "0xfe201000");
    CHECK(text_of("{:#018x}", u64{0x1000}) == "0x0000000000001000");
    CHECK(text_of("{:018}", PhysAddr{0x1000}) == "0x0000000000001000");
    CHECK(text_of("{:x}", PhysAddr{0x1000}) == "1000");
    CHECK(text_of("{}", nullptr) == "0x0");
    int object = 0;
    CHECK(text_of("{}", &object) == reference("%p", static_cast<void*>(&object)));
    CHECK(text_of("{}", Error::NoMemory) == "out of memory");
    CHECK(text_of("{:>16}|", Error::Busy) == "            busy|");
    CHECK(text_of("{:*^9}", "mid") == "***mid***");
    CHECK(text_of("{:*^8}", "mid") == "**mid***");
    CHECK(text_of("{:b}", 10u) == "1010");
    CHECK(text_of("{:x}", -255) == "-ff");
}

TEST_CASE("CON05 text past the end of the room is cut and counted, nothing is written behind it") {
    for (usize room = 0; room <= 12; ++room) {
        char memory[16];
        for (char& c : memory) c = '#';
        Writer out{std::span{memory}.first(room)};
        format(out, "{:>5} {}", 12345, "abc");
        std::string whole = "12345 abc";
        CHECK(out.text() == whole.substr(0, room));
        CHECK(out.wanted() == whole.size());
        CHECK(out.truncated() == (room < whole.size()));
        for (usize at = room; at < sizeof memory; ++at) CHECK(memory[at] == '#');
    }
}

TEST_CASE("CON05 a drained writer hands over everything in order") {
    std::string gathered;
    char memory[7];
    Writer out{memory, [](void* context, std::string_view text) { *static_cast<std::string*>(context) += text; },
               &gathered};
    for (int i = 0; i < 100; ++i) format(out, "{},", i);
    out.flush();
    std::string expected;
    for (int i = 0; i < 100; ++i) expected += std::to_string(i) + ",";
    CHECK(gathered == expected);
}

TEST_CASE("CON05 a string that does not fit its arguments is refused") {
    auto fits = [](std::string_view text, std::initializer_list<ArgKind> kinds) {
        return detail::format_fits(text, {kinds.begin(), kinds.size()});
    };
    CHECK(fits("{}", {ArgKind::Text}));
    CHECK(fits("{:.3}", {ArgKind::Text}));
    for (std::string_view bad : {"{", "}", "{}}", "{{}", "{0}", "{:", "{:5", "{:d}", "{:+}", "{:#}", "{:05}", "{:1000}",
                                 "{:.}", "{:qq}", "{} {}", "", "{:{}}"}) {
        CAPTURE(bad);
        CHECK_FALSE(fits(bad, {ArgKind::Text}));
    }
    CHECK_FALSE(fits("{:.3}", {ArgKind::Unsigned}));
    CHECK_FALSE(fits("{:s}", {ArgKind::Unsigned}));
    CHECK_FALSE(fits("{}", {}));
    CHECK(replay("{:d}", FormatArg{"text"}) == "{?}");
    CHECK(replay("{} {}", {ArgKind::Unsigned, 1}) == "1 {?}");
}
