// SPDX-License-Identifier: MIT
//
// The trees that people have: Debian's, as scripts/setup.sh fetches them. Each node and property is compared
// with libfdt's view, and the Raspberry Pi 4's machine with BOARD facts. Without the files the cases are skipped.

#include <fdt/address.hpp>
#include <fdt/trail.hpp>
#include <platform/machine.hpp>

#include "fdt_builder.hpp"

#include <doctest/doctest.h>
#include <libfdt.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace quartet;
using namespace quartet::platform;

namespace {

constexpr PhysRange range(u64 begin, u64 end) { return {PhysAddr{begin}, PhysAddr{end}}; }

std::filesystem::path folder() {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    const std::filesystem::path base = cache != nullptr ? cache : std::string{home != nullptr ? home : "/"} + "/.cache";
    return base / "quartet" / "device-trees";
}

std::vector<std::byte> load(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    const std::vector<char> text{std::istreambuf_iterator<char>{in}, {}};
    const auto bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

// Told as a skip by the ring; scripts/setup.sh fetches the files.
bool absent(const char* name) { return !std::filesystem::exists(folder() / name); }

// As firmware and QEMU's -dtb do.
void fill_memory(std::vector<std::byte>& blob, u32 size) {
    const auto tree = fdt::Tree::open(blob);
    REQUIRE(tree);
    const auto reg = tree->find("/memory@0")->property("reg");
    test::store32(blob, static_cast<usize>(reg->value.data() - blob.data()) + 8, size);
}

constexpr MachineInputs inputs{
    .image = range(0x20'0000, 0x28'0000), .tree = range(0x800'0000, 0x801'0000), .mpidr = 0x8000'0000};

}  // namespace

TEST_CASE("FDT03 every property of Debian's trees is seen as libfdt sees it" *
          doctest::skip(absent("bcm2711-rpi-4-b.dtb"))) {
    for (const auto& entry : std::filesystem::directory_iterator{folder()}) {
        if (entry.path().extension() != ".dtb") continue;
        INFO(entry.path().string());
        const auto blob = load(entry.path());
        const test::Guarded guarded{blob};
        const auto tree = fdt::Tree::open(guarded.bytes());
        REQUIRE(tree);
        u32 properties = 0;
        bool same = true;
        int node = -1;
        for (fdt::Walk walk{*tree}; walk.next();) {
            node = fdt_next_node(blob.data(), node, nullptr);
            same = same && node >= 0 && walk.node().name() == fdt_get_name(blob.data(), node, nullptr);
            for (const fdt::Property property : walk.node().properties()) {
                int size = 0;
                const std::string name{property.name};
                const void* value = fdt_getprop(blob.data(), node, name.c_str(), &size);
                same = same && value != nullptr && static_cast<usize>(size) == property.value.size() &&
                       std::memcmp(value, property.value.data(), property.value.size()) == 0;
                ++properties;
            }
            const auto handle = walk.node().phandle();
            if (handle) same = same && tree->by_phandle(*handle) == walk.node();
        }
        CHECK(same);
        CHECK(properties > 400);
    }
}

TEST_CASE("FDT09 Debian's Raspberry Pi 4 tree, memory filled in: the whole machine, without advice" *
          doctest::skip(absent("bcm2711-rpi-4-b.dtb"))) {
    auto blob = load(folder() / "bcm2711-rpi-4-b.dtb");
    fill_memory(blob, 0x3B40'0000);
    const auto tree = fdt::Tree::open(blob);
    REQUIRE(tree);
    Advice advice;
    const auto machine = read_machine(*tree, inputs, advice);
    REQUIRE(machine);
    for (const AdviceLine& line : advice) FAIL_CHECK(line.text());
    REQUIRE(machine->ram.size() == 1);
    CHECK(machine->ram[0] == range(0, 0x3B40'0000));
    CHECK(machine->cores.size() == 4);
    CHECK(machine->cores[3].release_address == PhysAddr{0xF0});
    CHECK(machine->gic.distributor == range(0xFF84'1000, 0xFF84'2000));
    CHECK(machine->gic.cpu_interface == range(0xFF84'2000, 0xFF84'4000));
    CHECK(machine->timer.virtual_interrupt == 27);
    CHECK(machine->console.kind == ConsoleKind::MiniUart);
    CHECK(machine->console.device == Device{range(0xFE21'5040, 0xFE21'5080), 125});
    REQUIRE(machine->console.pins.size() == 2);
    CHECK(machine->console.pins[0] == Pin{14, 2, {}});
    CHECK(machine->mailbox == Device{range(0xFE00'B880, 0xFE00'B8C0), 65});
    CHECK(machine->power->registers.begin == PhysAddr{0xFE10'0000});
    CHECK(machine->gpio->registers.begin == PhysAddr{0xFE20'0000});
    CHECK(machine->aux->registers.begin == PhysAddr{0xFE21'5000});
    CHECK(machine->model == "Raspberry Pi 4 Model B");
    // Through two cells of address and a hole in ranges.
    CHECK(*fdt::reg(*fdt::trail_to(*tree->find("ethernet0")), 0) == range(0xFD58'0000, 0xFD59'0000));
}

TEST_CASE("FDT06 Debian's Raspberry Pi 4 tree as the file is: no memory, unusable, and said why" *
          doctest::skip(absent("bcm2711-rpi-4-b.dtb"))) {
    const auto blob = load(folder() / "bcm2711-rpi-4-b.dtb");
    const auto tree = fdt::Tree::open(blob);
    REQUIRE(tree);
    Advice advice;
    CHECK(read_machine(*tree, inputs, advice).error() == Unusable::NoRamForImage);
    REQUIRE(advice.size() == 1);
    CHECK(advice.begin()->text().starts_with("memory@0: its size is 0"));
}

TEST_CASE("FDT09 a Raspberry Pi 3 has no GIC: unusable by that name" * doctest::skip(absent("bcm2837-rpi-3-b.dtb"))) {
    auto blob = load(folder() / "bcm2837-rpi-3-b.dtb");
    const auto tree = fdt::Tree::open(blob);
    REQUIRE(tree);
    const auto memory = tree->find("/memory@0");
    REQUIRE(memory);
    Advice advice;
    CHECK(read_machine(*tree, inputs, advice).error() == Unusable::NoInterruptController);
}
