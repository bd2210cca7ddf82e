// SPDX-License-Identifier: MIT
//
// Each word of the header with each value that could hurt. libfdt's fdt_check_full is the oracle: what it
// refuses, we refuse, and where we are stricter the list of fdt_oracle.hpp says why.

#include <fdt/tree.hpp>

#include "fdt_builder.hpp"
#include "fdt_oracle.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

using namespace quartet;
using fdt::Fault;
using Kind = fdt::Fault::Kind;
using test::store32;

namespace {

std::vector<std::byte> good_blob() {
    test::TreeBuilder t;
    t.reserve(0, 0x1000).begin("").string("model", "m").begin("a").cells("x", {1, 2}).end().end().finish();
    return t.blob();
}

enum Word : u32 {
    Magic,
    TotalSize,
    OffStruct,
    OffStrings,
    OffReserve,
    Version,
    LastCompatible,
    BootCore,
    SizeStrings,
    SizeStruct
};

// The faults that a wrong value in each word may be called; "distinct": no other word's names appear there.
const std::array<std::set<Kind>, 10> expected{{
    {Kind::BadMagic},
    {Kind::SizeTooSmall, Kind::SizeTooLarge, Kind::Truncated, Kind::StringsOutside, Kind::StructOutside,
     Kind::ReserveMapOutside},
    {Kind::StructOutside, Kind::StructMisaligned, Kind::BlocksOverlap},
    {Kind::StringsOutside, Kind::BlocksOverlap, Kind::PropertyNameUnterminated, Kind::PropertyNameOutside},
    {Kind::ReserveMapOutside, Kind::ReserveMapMisaligned, Kind::ReserveMapUnterminated, Kind::BlocksOverlap},
    {Kind::TooOld, Kind::BadVersions},
    {Kind::TooNew, Kind::BadVersions},
    {},
    {Kind::StringsOutside, Kind::PropertyNameUnterminated, Kind::PropertyNameOutside},
    {Kind::StructOutside, Kind::StructSizeOdd, Kind::BlocksOverlap, Kind::MissingEnd, Kind::NotClosed, Kind::TokenCut,
     Kind::NodeNameCut, Kind::PropertyTooLong, Kind::BytesAfterEnd},
}};

}  // namespace

TEST_CASE("FDT01 each header word with each bad value is refused by a name of its own") {
    const auto good = good_blob();
    REQUIRE(test::LibfdtReading{good}.verdict == test::Verdict::Accepts);
    REQUIRE(fdt::Tree::open(good));
    const auto size = static_cast<u32>(good.size());
    for (u32 word = Magic; word <= SizeStruct; ++word) {
        const u32 original = fdt::be32(good, word * 4);
        for (const u32 value : {0u, 1u, original | 1u, original + 2, 0xFFFF'FFFFu, 0x7FFF'FFFFu, 0x8000'0000u,
                                original - 1, original + 1, original - 4, original + 4, original - 8, original + 8,
                                size - 1, size, size + 1, size - 16, 0x0020'0001u}) {
            auto blob = good;
            store32(blob, word * 4, value);
            const test::Guarded guarded{blob};
            const auto tree = fdt::Tree::open(guarded.bytes());
            INFO("word " << word << " value " << value << " of " << original);
            const test::LibfdtReading libfdt{blob};
            if (tree) {
                CHECK(libfdt.verdict == test::Verdict::Accepts);
                continue;
            }
            INFO(std::string{tree.error().words()});
            CHECK(expected[word].contains(tree.error().kind));
            CHECK(test::refused_rightly(tree.error().kind, libfdt));
        }
    }
}

TEST_CASE("FDT01 every cut of a good blob is refused, and no read passes its end") {
    const auto good = good_blob();
    for (usize size = 0; size != good.size(); ++size) {
        const test::Guarded guarded{fdt::Bytes{good}.first(size)};
        const auto tree = fdt::Tree::open(guarded.bytes());
        REQUIRE_FALSE(tree);
        CHECK(tree.error().kind == (size < fdt::header_bytes ? Kind::TooShort : Kind::Truncated));
    }
}

TEST_CASE("FDT01 the first page is enough for header_size, and 40 bytes too") {
    const auto good = good_blob();
    const test::Guarded guarded{fdt::Bytes{good}.first(40)};
    CHECK(fdt::header_size(guarded.bytes()) == good.size());
    auto large = good;
    store32(large, 4, fdt::max_tree_bytes);
    CHECK(fdt::header_size(large) == fdt::max_tree_bytes);
    store32(large, 4, fdt::max_tree_bytes + 1);
    CHECK(fdt::header_size(large).error().kind == Kind::SizeTooLarge);
    const std::vector<std::byte> atags(64);
    CHECK(fdt::header_size(atags).error().kind == Kind::BadMagic);
    CHECK(fdt::header_size({}).error().kind == Kind::TooShort);
}

TEST_CASE("B22 a reserve map without terminator is refused, not read past the end") {
    // The map last in the blob, so that it has nothing behind it.
    auto blob = good_blob();
    const auto size = static_cast<u32>(align_up(blob.size(), 8));
    blob.resize(size + 32, std::byte{0x11});
    store32(blob, 4, size + 32);
    store32(blob, 16, size);
    const test::Guarded guarded{blob};
    const auto tree = fdt::Tree::open(guarded.bytes());
    REQUIRE_FALSE(tree);
    CHECK(tree.error() == Fault{Kind::ReserveMapUnterminated, size});

    // An entry of one zero does not end the map.
    for (u32 i = 0; i != 4; ++i) store32(blob, size + i * 4, i < 2 ? 0u : 1u);
    CHECK(fdt::Tree::open(blob).error().kind == Kind::ReserveMapUnterminated);
    for (u32 i = 4; i != 8; ++i) store32(blob, size + i * 4, 0);
    CHECK(fdt::Tree::open(blob));
}

TEST_CASE("FDT01 each fault has words of its own") {
    std::set<std::string> seen;
    for (u32 kind = 0; kind <= static_cast<u32>(Kind::BytesAfterEnd); ++kind) {
        const auto text = Fault{static_cast<Kind>(kind), 0}.words();
        CHECK(text != "unknown fault");
        CHECK(seen.insert(std::string{text}).second);
    }
}
