// SPDX-License-Identifier: MIT
//
// What the reader gives for a good tree: nodes, properties, aliases, phandles, NOPs in every place.

#include <fdt/trail.hpp>
#include <fdt/tree.hpp>

#include "fdt_builder.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace quartet;
using namespace std::literals;
using test::TreeBuilder;

namespace {

TreeBuilder small_tree() {
    TreeBuilder t;
    t.reserve(0, 0x1000).reserve(0x3000'0000'0000, 0x10).begin("").nop();
    t.bytes("compatible", "vendor,board\0vendor,family\0"sv).nop();
    t.begin("aliases").string("serial0", "/soc/serial@7e201000").string("loop", "loop").end();
    t.begin("chosen").string("stdout-path", "serial0:115200n8").string("bootargs", "seed=1").end().nop();
    t.begin("soc").nop().cells("#address-cells", {1}).nop();
    t.begin("serial@7e201000").cells("reg", {0x7E20'1000, 0x200}).cells("phandle", {5}).end().nop();
    t.begin("serial@7e201400").cells("reg", {0x7E20'1400, 0x200}).string("status", "disabled").nop().end();
    t.begin("deep").begin("deeper").begin("x").end().end().end();
    t.end().nop().end().nop().finish();
    return t;
}

}  // namespace

TEST_CASE("FDT03 a good tree is read whole, with NOPs anywhere") {
    const auto blob = small_tree().blob();
    const test::Guarded guarded{blob};
    const auto tree = fdt::Tree::open(guarded.bytes());
    REQUIRE(tree);
    CHECK(tree->size() == blob.size());

    std::vector<std::string> names;
    for (fdt::Walk walk{*tree}; walk.next();) {
        names.push_back(std::string(walk.trail().depth(), ' ') + std::string{walk.node().name()});
    }
    CHECK(names == std::vector<std::string>{"", " aliases", " chosen", " soc", "  serial@7e201000", "  serial@7e201400",
                                            "  deep", "   deeper", "    x"});

    std::vector<std::string> children;
    for (const fdt::Node child : tree->root().children()) children.emplace_back(child.name());
    CHECK(children == std::vector<std::string>{"aliases", "chosen", "soc"});

    CHECK(tree->root().compatible("vendor,family"));
    CHECK_FALSE(tree->root().compatible("vendor"));
    CHECK(tree->bootargs() == "seed=1");
    CHECK(tree->stdout_path() == "serial0");

    const auto uart = tree->find("serial0");
    REQUIRE(uart);
    CHECK(uart->unit_address() == "7e201000");
    CHECK(uart == tree->find("/soc/serial"));
    CHECK(uart == tree->find("//soc//serial@7e201000/"));
    CHECK(uart == tree->by_phandle(5));
    CHECK(uart->property("reg")->cells()[0] == 0x7E20'1000);
    CHECK(uart->enabled());
    CHECK_FALSE(tree->find("/soc/serial@7e201400")->enabled());
    CHECK_FALSE(tree->find("/soc/serial@7e201800"));
    CHECK_FALSE(tree->find("loop"));
    CHECK_FALSE(tree->find(""));
    CHECK_FALSE(tree->by_phandle(6));
    CHECK(tree->find("/soc/deep/deeper/x")->name() == "x");
    CHECK(fdt::trail_to(*tree->find("/soc/deep/deeper/x"))->depth() == 4);

    std::vector<std::pair<u64, u64>> reserved;
    for (const auto entry : tree->reserve_map()) reserved.emplace_back(entry.address, entry.size);
    CHECK(reserved == std::vector<std::pair<u64, u64>>{{0, 0x1000}, {0x3000'0000'0000, 0x10}});
}

TEST_CASE("FDT03 alignment of the blob never matters") {
    const auto blob = small_tree().blob();
    for (usize shift = 1; shift != 8; ++shift) {
        std::vector<std::byte> moved(shift);
        moved.insert(moved.end(), blob.begin(), blob.end());
        const auto tree = fdt::Tree::open(fdt::Bytes{moved}.subspan(shift));
        REQUIRE(tree);
        CHECK(tree->find("serial0")->property("reg")->cells()[1] == 0x200);
    }
}
