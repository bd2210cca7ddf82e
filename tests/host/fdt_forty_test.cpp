// SPDX-License-Identifier: MIT
//
// The forty damaged trees of the system ring (tests/system/damaged_trees.py), here judged by the reader alone:
// each is unusable or usable as its maker says, and what is wrong has words.

#include <platform/machine.hpp>

#include "fdt_builder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace quartet;

TEST_CASE("FDT04 the forty damaged trees are unusable, or used with advice, as their maker says") {
    const platform::MachineInputs inputs{.image = {PhysAddr{0x20'0000}, PhysAddr{0x28'0000}},
                                         .tree = {PhysAddr{0x800'0000}, PhysAddr{0x800'2000}},
                                         .mpidr = 0x8000'0000};
    u32 trees = 0;
    for (const auto& entry : std::filesystem::directory_iterator{DAMAGED_TREES}) {
        const std::string name = entry.path().filename();
        if (!name.ends_with(".dtb")) continue;
        INFO(name);
        ++trees;
        std::ifstream in{entry.path(), std::ios::binary};
        const std::vector<char> text{std::istreambuf_iterator<char>{in}, {}};
        const test::Guarded guarded{std::as_bytes(std::span{text})};
        const auto tree = fdt::Tree::open(guarded.bytes());
        platform::Advice advice;
        const bool used = tree && platform::read_machine(*tree, inputs, advice);
        CHECK(used == (name.find("-usable-") != std::string::npos));
        if (used) CHECK(advice.size() == 1);
    }
    CHECK(trees == 40);
}
