// SPDX-License-Identifier: MIT
//
// The dts form: what `dt` shows, and that dtc's rules for guessing a value's form are ours.

#include <fdt/print.hpp>
#include <fdt/trail.hpp>

#include "fdt_builder.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace quartet;
using namespace std::literals;
using test::TreeBuilder;

namespace {

std::vector<std::byte> sample() {
    TreeBuilder t;
    t.begin("").bytes("compatible", "a,b\0c\0"sv).cells("reg", {0, 0x10, 0xFFFF'FFFF}).bytes("empty", "");
    t.bytes("mac", "\x02\x00\xfe"sv).bytes("bad", "x\0\0y"sv).string("quote", "say \"hi\"\\").bytes("esc", "\x1b[2J"sv);
    t.begin("bus@1").nop().cells("reg", {1}).begin("deep").end().end().begin("last\x1b").end().end().finish();
    return t.blob();
}

template <typename Print>
std::string printed(Print&& print) {
    std::string text;
    auto sink = [&text](std::string_view part) { text += part; };
    print(fdt::Sink{sink});
    return text;
}

}  // namespace

TEST_CASE("FDT03 a node in dts form: texts, cells, bytes, children by name") {
    const auto blob = sample();
    const auto tree = fdt::Tree::open(blob);
    REQUIRE(tree);
    CHECK(printed([&](fdt::Sink out) { fdt::print_node(tree->root(), out); }) == R"(/ {
    compatible = "a,b", "c";
    reg = <0x0 0x10 0xffffffff>;
    empty;
    mac = [02 00 fe];
    bad = <0x78000079>;
    quote = "say \042hi\042\134";
    esc = <0x1b5b324a>;
    bus@1 { ... };
    last\033 { ... };
};
)");
    CHECK(printed([&](fdt::Sink out) { fdt::print_subtree(*tree->find("/bus"), out); }) == R"(bus@1 {
    reg = <0x1>;
    deep {
    };
};
)");
    CHECK(printed([&](fdt::Sink out) { fdt::print_path(*tree->find("/bus/deep"), out); }) == "/bus@1/deep");
    CHECK(printed([&](fdt::Sink out) { fdt::print_path(tree->root(), out); }) == "/");
}

TEST_CASE("FDT03 a whole tree is printed with as many closing lines as opening ones") {
    const auto blob = sample();
    const auto tree = fdt::Tree::open(blob);
    const auto text = printed([&](fdt::Sink out) { fdt::print_subtree(tree->root(), out); });
    usize opened = 0;
    usize closed = 0;
    for (usize at = 0; (at = text.find(" {\n", at)) != std::string::npos; ++at) ++opened;
    for (usize at = 0; (at = text.find("};\n", at)) != std::string::npos; ++at) ++closed;
    CHECK(opened == 4);
    CHECK(closed == 4);
}
