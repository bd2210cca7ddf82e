// SPDX-License-Identifier: MIT
//
// The list of what we refuse and libfdt does not (fdt_oracle.hpp), from its other end: for each case a tree that libfdt
// accepts or never comes to the end of, so that nothing stands on the list that need not. And a fault by a name on
// it that is none is no case of it.

#include <fdt/tree.hpp>

#include "fdt_builder.hpp"
#include "fdt_oracle.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace quartet;
using Kind = fdt::Fault::Kind;
using test::store32;
using test::TreeBuilder;

namespace {

using Blob = std::vector<std::byte>;

// Offsets of the header's words.
constexpr u32 total_size = 4;
constexpr u32 off_struct = 8;
constexpr u32 off_strings = 12;
constexpr u32 off_reserve = 16;
constexpr u32 version = 20;
constexpr u32 size_struct = 36;

TreeBuilder good_tree() {
    TreeBuilder t;
    t.begin("").string("model", "m").begin("a").cells("x", {1, 2}).end().end().finish();
    return t;
}

void add_to(Blob& blob, u32 word, u32 amount) { store32(blob, word, fdt::be32(blob, word) + amount); }

// `count` bytes before the block whose offset is the header's word `first`, and with it those behind it.
Blob pushed(u32 first, u32 count) {
    Blob blob = good_tree().blob();
    blob.insert(blob.begin() + fdt::be32(blob, first), count, std::byte{0});
    for (u32 word : {off_reserve, off_struct, off_strings})
        if (word == first || (word == off_struct && first == off_reserve) || word == off_strings)
            add_to(blob, word, count);
    add_to(blob, total_size, count);
    return blob;
}

Blob changed(u32 word, u32 value) {
    Blob blob = good_tree().blob();
    store32(blob, word, value);
    return blob;
}

// A tree that is refused by that name, and that libfdt does not refuse.
Blob witness(Kind kind) {
    TreeBuilder t;
    Blob blob = good_tree().blob();
    switch (kind) {
        case Kind::TooOld: return changed(version, 16);
        case Kind::SizeTooLarge:
            blob.resize(fdt::max_tree_bytes + 8);
            store32(blob, total_size, fdt::max_tree_bytes + 8);
            return blob;
        case Kind::ReserveMapMisaligned: return pushed(off_reserve, 4);
        case Kind::ReserveMapUnterminated: store32(blob, 40 + 4, 1); return blob;
        case Kind::StructMisaligned: return pushed(off_struct, 2);
        case Kind::StructSizeOdd: add_to(blob, size_struct, 2); return blob;
        case Kind::BlocksOverlap: return changed(off_strings, fdt::be32(blob, off_struct));
        case Kind::NoRoot: return t.finish().blob();
        case Kind::PropertyOutsideNode: return t.cells("p", {1}).begin("").end().finish().blob();
        case Kind::PropertyAfterChild: return t.begin("").begin("a").end().cells("p", {1}).end().finish().blob();
        case Kind::PropertyTooLong: return t.begin("").raw_property(~11u, t.name_offset("p")).end().finish().blob();
        case Kind::TokenCut:
            blob = t.begin("").raw_property(~11u, t.name_offset("p")).finish().blob();
            store32(blob, size_struct, fdt::be32(blob, size_struct) - 8);  // the property's name, and the end token
            return blob;
        case Kind::NestedTooDeep:
            t.begin("");
            for (u32 i = 1; i <= fdt::max_depth; ++i) t.begin("n");
            for (u32 i = 0; i <= fdt::max_depth; ++i) t.end();
            return t.finish().blob();
        case Kind::BytesAfterEnd: return t.begin("").end().finish().word(4).blob();
        default: return {};
    }
}

}  // namespace

TEST_CASE("FDT05 stricter than libfdt: each case on the list is refused here and not there") {
    const test::LibfdtReading good{good_tree().blob()};
    REQUIRE(good.verdict == test::Verdict::Accepts);
    for (const test::Stricter& entry : test::stricter) {
        INFO(std::string{fdt::Fault{entry.kind, 0}.words()});
        const Blob blob = witness(entry.kind);
        const test::Guarded guarded{blob};
        const auto tree = fdt::Tree::open(guarded.bytes());
        REQUIRE_FALSE(tree);
        CHECK(tree.error().kind == entry.kind);
        const test::LibfdtReading libfdt{blob};
        const bool wraps = entry.kind == Kind::PropertyTooLong || entry.kind == Kind::TokenCut;
        CHECK(libfdt.verdict == (wraps ? test::Verdict::NeverEnds : test::Verdict::Accepts));
        CHECK(test::refused_rightly(entry.kind, libfdt));
        CHECK_FALSE(test::refused_rightly(entry.kind, good));
    }
    // By a name that is not on the list nothing is refused that libfdt accepts.
    CHECK_FALSE(test::refused_rightly(Kind::TwoRoots, good));
}
