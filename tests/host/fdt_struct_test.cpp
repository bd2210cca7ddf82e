// SPDX-License-Identifier: MIT
//
// Struct blocks that lie: lengths that wrap, names that leave their block, nodes that do not nest.

#include <fdt/tree.hpp>

#include "fdt_builder.hpp"
#include "fdt_oracle.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace quartet;
using Kind = fdt::Fault::Kind;
using test::TreeBuilder;

namespace {

// Refused with that kind, with no read past the end, and rightly.
test::LibfdtReading refused_here(const std::vector<std::byte>& blob, Kind kind) {
    const test::Guarded guarded{blob};
    const auto tree = fdt::Tree::open(guarded.bytes());
    REQUIRE_FALSE(tree);
    CHECK(tree.error().words() == fdt::Fault{kind, 0}.words());
    const test::LibfdtReading libfdt{blob};
    CHECK(test::refused_rightly(kind, libfdt));
    return libfdt;
}

// The same, and by libfdt too.
void refused(const TreeBuilder& builder, Kind kind) {
    CHECK(refused_here(builder.blob(), kind).verdict == test::Verdict::Refuses);
}

}  // namespace

TEST_CASE("FDT03 property length that wraps the offset is refused") {
    for (const u32 length : {0xFFFF'FFFFu, 0xFFFF'FFFEu, 0xFFFF'FFF4u, 0xFFFF'FFF0u, 0xFFFF'FFE8u, 0x7FFF'FFFFu,
                             0x8000'0000u, 0x7FFF'FFF4u}) {
        TreeBuilder t;
        t.begin("").raw_property(length, t.name_offset("p")).end().finish();
        refused_here(t.blob(), Kind::PropertyTooLong);
    }
}

TEST_CASE("FDT04 property value that runs past the struct block is refused") {
    for (const u32 excess : {1u, 4u, 5u, 100u}) {
        TreeBuilder t;
        t.begin("").raw_property(8 + excess, t.name_offset("p")).end().finish();
        refused(t, Kind::PropertyTooLong);
    }
    // The value may reach to the very end; then it is the end token that is missing.
    TreeBuilder t;
    t.begin("").raw_property(8, t.name_offset("p")).end().finish();
    refused(t, Kind::NotClosed);
}

TEST_CASE("FDT04 property name outside the strings block is refused") {
    for (const u32 name : {2u, 3u, 0x7FFF'FFFFu, 0xFFFF'FFFFu}) {
        TreeBuilder t;
        t.raw_strings(std::string_view{"p\0", 2}).begin("").raw_property(0, name).end().finish();
        refused(t, Kind::PropertyNameOutside);
    }
}

TEST_CASE("FDT04 property name without terminator at the end of the strings block is refused") {
    TreeBuilder t;
    t.raw_strings(std::string_view{"ok\0cut", 6}).begin("").raw_property(0, 3).end().finish();
    refused(t, Kind::PropertyNameUnterminated);
    TreeBuilder none;
    none.raw_strings("x").begin("").raw_property(0, 0).end().finish();
    refused(none, Kind::PropertyNameUnterminated);
    TreeBuilder good;
    good.raw_strings(std::string_view{"ok\0cut", 6}).begin("").raw_property(0, 1).end().finish();
    CHECK(fdt::Tree::open(good.blob()));
}

TEST_CASE("FDT04 node name without end is refused") {
    TreeBuilder t;
    t.begin("").word(1).word(0x41424344).word(0x41424344);
    refused(t, Kind::NodeNameCut);
    TreeBuilder empty;
    empty.begin("").word(1);
    refused(empty, Kind::NodeNameCut);
}

TEST_CASE("FDT05 two root nodes are refused") {
    TreeBuilder t;
    t.begin("").end().begin("").end().finish();
    refused(t, Kind::TwoRoots);
}

TEST_CASE("FDT05 a root with a name is refused") {
    TreeBuilder t;
    t.begin("root").end().finish();
    refused(t, Kind::NamedRoot);
}

TEST_CASE("FDT05 a node that closes more often than it opens is refused") {
    TreeBuilder after;
    after.begin("").end().end().finish();
    refused(after, Kind::ClosedTooOften);
    TreeBuilder first;
    first.end().begin("").end().finish();
    refused(first, Kind::ClosedTooOften);
}

TEST_CASE("FDT05 a missing end token is refused") {
    TreeBuilder t;
    t.begin("").end();
    refused(t, Kind::MissingEnd);
    TreeBuilder open;
    open.begin("").begin("a").end().finish();
    refused(open, Kind::NotClosed);
    TreeBuilder cut;
    cut.begin("").begin("a").end();
    refused(cut, Kind::NotClosed);
}

TEST_CASE("FDT05 a NOP where the end token is expected is refused") {
    TreeBuilder t;
    t.begin("").end().nop();
    refused(t, Kind::MissingEnd);
    TreeBuilder many;
    many.begin("").end().nop().nop().nop().nop();
    refused(many, Kind::MissingEnd);
}

TEST_CASE("FDT05 an unknown token is refused wherever it stands") {
    for (const u32 token : {0u, 5u, 8u, 10u, 0xFFFF'FFFFu}) {
        TreeBuilder inside;
        inside.begin("").word(token).end().finish();
        refused(inside, Kind::UnknownToken);
        TreeBuilder before;
        before.word(token).begin("").end().finish();
        refused(before, Kind::UnknownToken);
    }
}

TEST_CASE("FDT05 a property outside any node is refused") {
    TreeBuilder before;
    before.cells("p", {1}).begin("").end().finish();
    refused_here(before.blob(), Kind::PropertyOutsideNode);
    TreeBuilder after;
    after.begin("").end().cells("p", {1}).finish();
    refused(after, Kind::PropertyOutsideNode);
}

TEST_CASE("FDT05 a tree as deep as allowed is read") {
    TreeBuilder t;
    t.begin("");
    for (u32 i = 1; i < fdt::max_depth; ++i) t.begin("n");
    for (u32 i = 0; i < fdt::max_depth; ++i) t.end();
    CHECK(fdt::Tree::open(t.finish().blob()));
}
