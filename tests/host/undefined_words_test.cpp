// SPDX-License-Identifier: MIT
//
// The words of the checks for undefined behaviour, from records as GCC and clang lay them out.

#include <debug/undefined_words.hpp>
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cstring>
#include <string>

using namespace quartet;
namespace ub = quartet::debug::undefined;

namespace {

// A type's record with room for its name behind it.
struct NamedType {
    alignas(ub::Type) std::array<char, 64> bytes{};

    NamedType(u16 kind, u16 info, const char* name) {
        std::memcpy(bytes.data(), &kind, 2);
        std::memcpy(bytes.data() + 2, &info, 2);
        std::strcpy(bytes.data() + 4, name);
    }
    operator const ub::Type*() const { return std::bit_cast<const ub::Type*>(bytes.data()); }
};

const NamedType int_type{0, 5 << 1 | 1, "'int'"};
const NamedType u64_type{0, 6 << 1, "'long unsigned int'"};
const NamedType bool_type{0, 3 << 1, "'bool'"};
const NamedType array_type{0xffff, 0, "'u32 [4]'"};
const NamedType wide_type{0, 7 << 1 | 1, "'__int128'"};
constexpr ub::Place here{"src/x.cpp", 7, 3};

std::array<char, 128> room;
std::string text(std::string_view words) { return std::string{words}; }

}  // namespace

TEST_CASE("EXC12 overflow of sums, products, signs and quotients says the operands and the type") {
    ub::Overflow what{here, int_type};
    CHECK(text(ub::overflow(room, what, '+', 0x7fff'ffff, 1)) == "2147483647 + 1 overflows 'int'");
    // The compiler extends an operand as it likes: only the type's own bits count.
    CHECK(text(ub::overflow(room, what, '-', 0xffff'ffff'8000'0000, 1)) == "-2147483648 - 1 overflows 'int'");
    CHECK(text(ub::overflow(room, what, '*', 0x8000'0000, 0xffff'ffff)) == "-2147483648 * -1 overflows 'int'");
    CHECK(text(ub::negation(room, what, 0x8000'0000)) == "-(-2147483648) overflows 'int'");
    CHECK(text(ub::division(room, what, 7, 0)) == "7 is divided by zero");
    CHECK(text(ub::division(room, what, 0x8000'0000, 0xffff'ffff)) == "-2147483648 / -1 overflows 'int'");
    ub::Overflow wide{here, wide_type};
    CHECK(text(ub::overflow(room, wide, '+', 0x1000, 0x2000)) == "? + ? overflows '__int128'");
}

TEST_CASE("EXC12 a shift says by how much, of how many bits, and whether a sign is in the way") {
    CHECK(text(ub::shift(room, {here, u64_type, int_type}, 1, 64)) ==
          "shift of 1 by 64 in 'long unsigned int', which has 64 bits");
    CHECK(text(ub::shift(room, {here, int_type, int_type}, 0xffff'ffff, 0xffff'ffff)) ==
          "shift of -1 by -1 in 'int', which has 32 bits and a sign");
}

TEST_CASE("EXC12 an index, a value, a pointer") {
    CHECK(text(ub::index(room, {here, array_type, u64_type}, 4)) == "index 4 is out of bounds of 'u32 [4]'");
    CHECK(text(ub::value(room, {here, bool_type}, 2)) == "2 is no value of 'bool'");
    CHECK(text(ub::pointer(room, {here, int_type, 2, 0}, 0)) == "load of 'int' through null");
    CHECK(text(ub::pointer(room, {here, int_type, 2, 1}, 0x1001)) ==
          "store to 'int' at 0x1001, which is no multiple of 4");
    CHECK(text(ub::pointer(room, {here, int_type, 0, 200}, 0x1001)) ==
          "use of 'int' at 0x1001, where no such object has room");
    CHECK(text(ub::pointer_sum(room, 0xffff'ffff'ffff'fff8, 0x8)).starts_with("pointer arithmetic leaves"));
    CHECK(text(ub::alignment(room, {here, here, int_type}, 0x1004, 64)) ==
          "'int' 0x1004 is promised to be a multiple of 64");
    CHECK(text(ub::builtin({here, 0})) != text(ub::builtin({here, 1})));
}

TEST_CASE("EXC12 words that have no room are cut and nothing else is written") {
    std::array<char, 16> small;
    small.fill('#');
    CHECK(ub::shift(std::span{small}.first(8), {here, u64_type, int_type}, 1, 64) == "shift of");
    CHECK(small[8] == '#');
}
