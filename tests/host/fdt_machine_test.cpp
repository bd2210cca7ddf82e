// SPDX-License-Identifier: MIT
//
// The machine as it is read from our own tree.

#include <platform/machine.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace quartet;
using namespace quartet::platform;

namespace {

std::vector<char> file(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

constexpr PhysRange range(u64 begin, u64 end) { return {PhysAddr{begin}, PhysAddr{end}}; }

constexpr MachineInputs board_inputs{
    .image = range(0x20'0000, 0x28'0000), .tree = range(0x800'0000, 0x800'1000), .mpidr = 0x8000'0000};

}  // namespace

TEST_CASE("FDT09 quartet.dtb is read whole, with no advice") {
    const auto blob = file(QUARTET_DTB);
    const auto tree = fdt::Tree::open(std::as_bytes(std::span{blob}));
    REQUIRE(tree);
    Advice advice;
    const auto machine = read_machine(*tree, board_inputs, advice);
    REQUIRE(machine);
    for (const AdviceLine& line : advice) FAIL_CHECK(line.text());

    REQUIRE(machine->ram.size() == 1);
    CHECK(machine->ram[0] == range(0, 0x3B40'0000));
    // Its memreserve is page 0 again, which has a better reason: once.
    REQUIRE(machine->reserved.size() == 3);
    CHECK(machine->reserved[0] == Reservation{range(0, 0x1000), ReservedFor::FirstPage});
    CHECK(machine->reserved[1] == Reservation{board_inputs.image, ReservedFor::Image});
    CHECK(machine->reserved[2] == Reservation{board_inputs.tree, ReservedFor::Tree});
    REQUIRE(machine->cores.size() == 4);
    for (u32 i = 0; i != 4; ++i) {
        CHECK(machine->cores[i] == CoreNode{i, EnableMethod::SpinTable, PhysAddr{0xD8 + 8 * i}, i == 0});
    }
    CHECK(machine->gic.distributor == range(0xFF84'1000, 0xFF84'2000));
    CHECK(machine->gic.cpu_interface == range(0xFF84'2000, 0xFF84'4000));
    CHECK(machine->timer.virtual_interrupt == 27);
    CHECK_FALSE(machine->timer.frequency);
    CHECK(machine->console.kind == ConsoleKind::Pl011);
    CHECK(machine->console.device == Device{range(0xFE20'1000, 0xFE20'1200), 153});
    REQUIRE(machine->console.pins.size() == 2);
    CHECK(machine->console.pins[0] == Pin{14, 4, 0});
    CHECK(machine->console.pins[1] == Pin{15, 4, 2});
    CHECK(machine->mailbox == Device{range(0xFE00'B880, 0xFE00'B8C0), 65});
    CHECK(machine->power->registers.begin == PhysAddr{0xFE10'0000});
    CHECK(machine->gpio == Device{range(0xFE20'0000, 0xFE20'00F4), 145});
    CHECK(machine->aux->registers.begin == PhysAddr{0xFE21'5000});
    CHECK_FALSE(machine->psci);
    CHECK(machine->arguments.run.empty());
}

TEST_CASE("FDT06 RAM is limited to what is sure, but for the image's own place") {
    Machine machine;
    Advice advice;
    REQUIRE(machine.ram.push(range(0, 0x3B40'0000)));
    Machine low = machine;
    limit_ram(low, range(0, 0x400'0000), range(0x20'0000, 0x28'0000), advice);
    REQUIRE(low.ram.size() == 1);
    CHECK(low.ram[0] == range(0, 0x400'0000));
    Machine high = machine;
    REQUIRE(high.ram.push(range(0x4020'0000, 0x4028'0000)));
    limit_ram(high, range(0, 0x3000'0000), range(0x4020'0000, 0x4027'F800), advice);
    REQUIRE(high.ram.size() == 2);
    CHECK(high.ram[0] == range(0, 0x3000'0000));
    CHECK(high.ram[1] == range(0x4020'0000, 0x4028'0000));
    CHECK(advice.size() == 0);
}
