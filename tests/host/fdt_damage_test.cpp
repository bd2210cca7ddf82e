// SPDX-License-Identifier: MIT
//
// Trees that are well formed and say nonsense: memory, cores, interrupts, consoles. One device or bank is
// lost and named in an advice line, or the tree is unusable by a name; nothing else changes.

#include <platform/gic_specifier.hpp>
#include <platform/machine.hpp>
#include <platform/node_line.hpp>

#include "fdt_builder.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace quartet;
using namespace quartet::platform;
using test::TreeBuilder;
using Edit = std::function<void(TreeBuilder&)>;

namespace {

constexpr PhysRange range(u64 begin, u64 end) { return {PhysAddr{begin}, PhysAddr{end}}; }

constexpr MachineInputs inputs{.image = range(0x20'0000, 0x28'0000), .tree = {}, .mpidr = 0x8000'0000};

// A small board of which each test replaces one part.
struct Board {
    Edit root = [](TreeBuilder& t) { t.cells("#address-cells", {2}).cells("#size-cells", {2}); };
    Edit memory = [](TreeBuilder& t) {
        t.begin("memory@0").string("device_type", "memory").cells("reg", {0, 0, 0, 0x4000'0000}).end();
    };
    Edit cpus = [](TreeBuilder& t) {
        cpu(t, 0, 0xD8);
        cpu(t, 1, 0xE0);
    };
    Edit timer = [](TreeBuilder& t) { t.cells("interrupts", {1, 13, 8, 1, 14, 8, 1, 11, 8, 1, 10, 8}); };
    Edit uart_interrupt = [](TreeBuilder& t) { t.cells("interrupts", {0, 121, 4}); };
    Edit chosen = [](TreeBuilder& t) { t.string("stdout-path", "serial0:115200n8"); };
    Edit aliases = [](TreeBuilder& t) { t.string("serial0", "/uart@fe201000").string("serial1", "/uart@fe215040"); };
    std::string uart_status = "okay";
    std::string mini_status = "okay";
    Edit extra = [](TreeBuilder&) {};

    static void cpu(TreeBuilder& t, u32 reg, u32 release) {
        t.begin("cpu@" + std::to_string(reg)).string("device_type", "cpu").cells("reg", {reg});
        t.string("enable-method", "spin-table").cells("cpu-release-addr", {0, release}).end();
    }

    std::vector<std::byte> blob() const {
        TreeBuilder t;
        t.begin("");
        root(t);
        t.cells("interrupt-parent", {1});
        t.begin("aliases");
        aliases(t);
        t.end().begin("chosen");
        chosen(t);
        t.end();
        memory(t);
        t.begin("cpus").cells("#address-cells", {1}).cells("#size-cells", {0});
        cpus(t);
        t.end();
        t.begin("timer").string("compatible", "arm,armv8-timer");
        timer(t);
        t.end();
        t.begin("gic").string("compatible", "arm,gic-400").cells("#interrupt-cells", {3}).cells("phandle", {1});
        t.cells("reg", {0, 0xFF84'1000, 0, 0x1000, 0, 0xFF84'2000, 0, 0x2000}).end();
        t.begin("other").cells("#interrupt-cells", {2}).cells("phandle", {9}).end();
        t.begin("uart@fe201000").string("compatible", "arm,pl011").cells("reg", {0, 0xFE20'1000, 0, 0x200});
        uart_interrupt(t);
        t.string("status", uart_status).end();
        t.begin("uart@fe215040").string("compatible", "brcm,bcm2835-aux-uart").cells("reg", {0, 0xFE21'5040, 0, 0x40});
        t.cells("interrupts", {0, 93, 4}).string("status", mini_status).end();
        extra(t);
        return t.end().finish().blob();
    }
};

struct Reading {
    std::vector<std::byte> blob;
    Advice advice;
    std::expected<Machine, Unusable> machine = std::unexpected{Unusable::NoRamForImage};

    explicit Reading(const Board& board, MachineInputs given = inputs) : blob(board.blob()) {
        const auto tree = fdt::Tree::open(blob);
        REQUIRE(tree);
        machine = read_machine(*tree, given, advice);
        if (machine) machine->arguments.run = machine->model = {};  // they point into a Tree's bytes
    }
    bool advised(std::string_view part) const {
        for (const AdviceLine& line : advice) {
            if (line.text().find(part) != std::string_view::npos) return true;
        }
        for (const AdviceLine& line : advice) MESSAGE(line.text());
        return false;
    }
};

Edit memory_reg(std::initializer_list<u32> cells) {
    const std::vector<u32> kept{cells};
    return [kept](TreeBuilder& t) {
        t.begin("memory@0").string("device_type", "memory");
        std::string value;
        for (const u32 cell : kept) {
            for (const u32 shift : {24u, 16u, 8u, 0u}) value += static_cast<char>(cell >> shift);
        }
        t.bytes("reg", value).end();
    };
}

}  // namespace

TEST_CASE("FDT06 the undamaged board has no advice") {
    const Reading good{Board{}};
    REQUIRE(good.machine);
    CHECK(good.advice.size() == 0);
    CHECK(good.machine->cores.size() == 2);
    CHECK(good.machine->console.device.interrupt == 153);
}

TEST_CASE("FDT06 memory banks: sorted, merged, empty ones dropped") {
    Board board;
    board.memory = memory_reg({1, 0, 0, 0x1000, 0, 0x4000'0000, 0, 0x1000, 0, 0x6000'0000, 0, 0, 0, 0, 0, 0x4000'0000});
    const Reading reading{board};
    REQUIRE(reading.machine);
    REQUIRE(reading.machine->ram.size() == 2);
    CHECK(reading.machine->ram[0] == range(0, 0x4000'1000));
    CHECK(reading.machine->ram[1] == range(0x1'0000'0000, 0x1'0000'1000));
    CHECK(reading.advice.size() == 0);
}

TEST_CASE("FDT06 overlapping banks are one bank, with advice") {
    Board board;
    board.memory = memory_reg({0, 0x1000'0000, 0, 0x2000'0000, 0, 0, 0, 0x1800'0000, 0, 0x0800'0000, 0, 0x0100'0000});
    const Reading reading{board};
    REQUIRE(reading.machine);
    REQUIRE(reading.machine->ram.size() == 1);
    CHECK(reading.machine->ram[0] == range(0, 0x3000'0000));
    CHECK(reading.advised("overlap"));
}

TEST_CASE("FDT06 a bank that wraps 2^64 is not used, the others are") {
    Board board;
    board.memory = memory_reg({0, 0, 0, 0x4000'0000, 0xFFFF'FFFF, 0xFFFF'F000, 0, 0x2000});
    const Reading reading{board};
    REQUIRE(reading.machine);
    REQUIRE(reading.machine->ram.size() == 1);
    CHECK(reading.advised("end of the address space"));
}

TEST_CASE("FDT06 memory reg: empty, no multiple of its cells, of size 0: unusable, and said why") {
    for (const Edit& edit :
         {memory_reg({}), memory_reg({0, 0, 0}), memory_reg({0, 0, 0, 0x4000'0000, 0}), memory_reg({0, 0, 0, 0})}) {
        Board board;
        board.memory = edit;
        const Reading reading{board};
        REQUIRE_FALSE(reading.machine);
        CHECK(reading.machine.error() == Unusable::NoRamForImage);
        CHECK(reading.advised("memory@0"));
    }
    Board none;
    none.memory = [](TreeBuilder&) {};
    CHECK(Reading{none}.machine.error() == Unusable::NoRamForImage);
    Board elsewhere;
    elsewhere.memory = memory_reg({0, 0x21'0000, 0, 0x1000'0000});
    CHECK(Reading{elsewhere}.machine.error() == Unusable::NoRamForImage);
}

TEST_CASE("FDT06 #address-cells 0, 3, 255 and #size-cells 0, 3: unusable, not misread") {
    for (const auto& [address, size] : std::vector<std::pair<u32, u32>>{
             {0, 2}, {3, 2}, {255, 2}, {2, 0}, {2, 3}, {2, 255}, {0xFFFF'FFFF, 0xFFFF'FFFF}}) {
        Board board;
        board.root = [address, size](TreeBuilder& t) {
            t.cells("#address-cells", {address}).cells("#size-cells", {size});
        };
        const Reading reading{board};
        REQUIRE_FALSE(reading.machine);
        CHECK(reading.machine.error() == Unusable::NoRamForImage);
    }
    Board wide;
    wide.root = [](TreeBuilder& t) { t.bytes("#address-cells", std::string(8, '\1')); };
    CHECK_FALSE(Reading{wide}.machine);
}

TEST_CASE("FDT06 more banks than the table holds: the rest is named, not lost in silence") {
    Board board;
    board.memory = [](TreeBuilder& t) {
        t.begin("memory@0").string("device_type", "memory").cells("reg", {0, 0, 0, 0x1000'0000}).end();
        for (u32 i = 0; i != max_banks; ++i) {
            t.begin("memory@" + std::to_string(i + 1)).string("device_type", "memory");
            t.cells("reg", {1, i * 0x1000'0000, 0, 0x1000}).end();
        }
    };
    const Reading reading{board};
    REQUIRE(reading.machine);
    CHECK(reading.machine->ram.size() == max_banks);
    CHECK(reading.advised("more than 16 memory banks"));
}

TEST_CASE("FDT06 reservations: fixed areas with their reason, through ranges; too many are unusable") {
    Board board;
    board.extra = [](TreeBuilder& t) {
        t.begin("reserved-memory").cells("#address-cells", {1}).cells("#size-cells", {1}).bytes("ranges", "");
        t.begin("a@1").cells("reg", {0x100'0800, 0x1000}).end();
        t.begin("b@2").cells("reg", {0x200'0000, 0x1000, 0x300'0000, 0}).bytes("no-map", "").end();
        t.begin("c").cells("size", {0x1000}).end();
        t.begin("cma").cells("size", {0x1000}).bytes("reusable", "").end();
        t.begin("d@3").cells("reg", {0x400'0000, 0x1000}).string("status", "disabled").end();
        t.begin("e@4").cells("reg", {0xFFFF'F000, 0x1000, 1}).end().end();
    };
    const Reading reading{board};
    REQUIRE(reading.machine);
    const auto& reserved = reading.machine->reserved;
    REQUIRE(reserved.size() == 4);
    CHECK(reserved[2] == Reservation{range(0x100'0000, 0x100'2000), ReservedFor::ReservedMemory});
    CHECK(reserved[3] == Reservation{range(0x200'0000, 0x200'1000), ReservedFor::NoMap});
    CHECK(reading.advised("c: no fixed place"));
    CHECK(reading.advised("e@4"));
    CHECK(reading.advice.size() == 2);

    // Each range once: a second reason adds nothing, unless it is no-map.
    board.extra = [](TreeBuilder& t) {
        t.reserve(0, 0x800).reserve(0x600'0000, 0x3000).reserve(0x600'1000, 0x1000);
        t.begin("reserved-memory").cells("#address-cells", {1}).cells("#size-cells", {1}).bytes("ranges", "");
        t.begin("a@1").cells("reg", {0x600'0000, 0x3000}).bytes("no-map", "").end();
        t.begin("b@2").cells("reg", {0x600'2000, 0x1000}).bytes("no-map", "").end();
        t.begin("c@3").cells("reg", {0x600'2000, 0x2000}).end().end();
    };
    const Reading twice{board};
    REQUIRE(twice.machine);
    REQUIRE(twice.machine->reserved.size() == 4);
    CHECK(twice.machine->reserved[0] == Reservation{range(0, 0x1000), ReservedFor::FirstPage});
    CHECK(twice.machine->reserved[2] == Reservation{range(0x600'0000, 0x600'3000), ReservedFor::NoMap});
    CHECK(twice.machine->reserved[3] == Reservation{range(0x600'2000, 0x600'4000), ReservedFor::ReservedMemory});

    board.extra = [](TreeBuilder& t) {
        // In the last page of the address space, and wrapping: beyond all RAM, and never an empty area.
        t.reserve(0xFFFF'FFFF'FFFF'FF0C, 0x20).reserve(0x500'0000, ~u64{0});
    };
    const Reading edge{board};
    REQUIRE(edge.machine);
    REQUIRE(edge.machine->reserved.size() == 3);
    CHECK(edge.machine->reserved[2] == Reservation{range(0x500'0000, ram_limit), ReservedFor::MemReserve});
    CHECK(edge.advised("/memreserve/"));

    board.extra = [](TreeBuilder& t) {
        for (u64 i = 0; i != 100; ++i) t.reserve(0x1000 * i, 0x1000);
    };
    CHECK(Reading{board}.machine.error() == Unusable::TooManyReservations);
}

TEST_CASE("FDT07 1, 2, 4 and 8 cores: at most four, the running one always among them") {
    for (const u32 count : {1u, 2u, 4u, 8u}) {
        for (const u32 running : {0u, count - 1}) {
            Board board;
            board.cpus = [count](TreeBuilder& t) {
                for (u32 i = 0; i != count; ++i) Board::cpu(t, i, 0xD8 + 8 * i);
            };
            auto given = inputs;
            given.mpidr = 0x8000'0000 | running;
            const Reading reading{board, given};
            REQUIRE(reading.machine);
            CHECK(reading.machine->cores.size() == (count < 4 ? count : 4));
            REQUIRE(reading.machine->running_core());
            CHECK(reading.machine->running_core()->mpidr == running);
            CHECK(reading.advice.size() == (count > 4 ? 1 : 0));
        }
    }
}

TEST_CASE("FDT07 20 cores, the running one last") {
    Board board;
    board.cpus = [](TreeBuilder& t) {
        for (u32 i = 0; i != 20; ++i) Board::cpu(t, i, 0xD8 + 8 * i);
    };
    auto given = inputs;
    given.mpidr = 19;
    const Reading reading{board, given};
    REQUIRE(reading.machine);
    CHECK(reading.machine->cores.size() == 4);
    CHECK(reading.machine->running_core()->mpidr == 19);
    CHECK(reading.advised("16 more cores"));
}

TEST_CASE("FDT07 only the valid cores are brought up, and each other is named") {
    Board board;
    board.cpus = [](TreeBuilder& t) {
        Board::cpu(t, 0, 0xD8);
        t.begin("cpu@0d").string("device_type", "cpu").cells("reg", {0}).end();
        t.begin("cpu@1").string("device_type", "cpu").cells("reg", {1}).cells("cpu-release-addr", {0, 0xE0}).end();
        Board::cpu(t, 2, 0xFE20'1000);
        Board::cpu(t, 3, 0x20'0100);
        Board::cpu(t, 4, 0xE4);
        t.begin("cpu@5").string("device_type", "cpu").cells("reg", {5}).string("enable-method", "psci").end();
        t.begin("cpu@6").string("device_type", "cpu").cells("reg", {6}).string("status", "disabled").end();
        t.begin("cpu@7").string("device_type", "cpu").end();
        Board::cpu(t, 8, 0xE8);
        t.begin("l2-cache").end();
    };
    const Reading reading{board};
    REQUIRE(reading.machine);
    REQUIRE(reading.machine->cores.size() == 2);
    CHECK(reading.machine->cores[0].mpidr == 0);
    CHECK(reading.machine->cores[1].mpidr == 8);
    CHECK(reading.advised("cpu@0d: another core has the same reg"));
    CHECK(reading.advised("core 0x1 is not started: no usable enable-method"));
    CHECK(reading.advised("core 0x2 is not started: cpu-release-addr outside RAM"));
    CHECK(reading.advised("core 0x3 is not started: cpu-release-addr in the kernel's image"));
    CHECK(reading.advised("core 0x4 is not started: cpu-release-addr not 8-aligned"));
    CHECK(reading.advised("core 0x5 is not started: enable-method psci"));
    CHECK(reading.advised("core 0x6: disabled"));
    CHECK(reading.advised("cpu@7: its reg"));
    CHECK(reading.advice.size() == 8);
}

TEST_CASE("FDT07 PSCI: with its method, and the core's whole affinity") {
    Board board;
    board.cpus = [](TreeBuilder& t) {
        t.begin("cpu@0").string("device_type", "cpu").cells("reg", {0}).string("enable-method", "psci").end();
        t.begin("cpu@100").string("device_type", "cpu").cells("reg", {0x100}).string("enable-method", "psci").end();
    };
    for (const auto& [method, conduit] : std::vector<std::pair<std::string, std::optional<Conduit>>>{
             {"smc", Conduit::Smc}, {"hvc", Conduit::Hvc}, {"fax", {}}}) {
        board.extra = [method = method](TreeBuilder& t) {
            t.begin("psci").string("compatible", "arm,psci-1.0").string("method", method).end();
        };
        auto given = inputs;
        given.mpidr = 0x8100'0100;  // U and MT bits are not affinity... MT is bit 24
        const Reading reading{board, given};
        REQUIRE(reading.machine);
        CHECK(reading.machine->psci == conduit);
        CHECK(reading.machine->cores.size() == (conduit ? 2 : 1));
        CHECK(reading.machine->running_core()->mpidr == 0x100);
    }
}

TEST_CASE("FDT07 no node for the running core: unusable") {
    auto given = inputs;
    given.mpidr = 0x8000'0003;
    CHECK(Reading{Board{}, given}.machine.error() == Unusable::NoRunningCore);
}

TEST_CASE("FDT08 a specifier that cannot be is refused by its name") {
    using kernel::Trigger;
    const auto line = [](std::initializer_list<u32> cells) {
        TreeBuilder t;
        t.begin("").cells("x", cells).end().finish();
        const auto blob = t.blob();
        const auto tree = fdt::Tree::open(blob);
        return gic_interrupt(tree->root().property("x")->cells());
    };
    CHECK(line({0, 0, 4})->id == 32);
    CHECK(line({0, 987, 4})->id == 1019);
    CHECK(line({1, 0, 8})->id == 16);
    CHECK(line({1, 15, 8})->id == 31);
    CHECK(line({0, 988, 4}).error() == SpecifierFault::SharedTooHigh);
    CHECK(line({0, 0xFFFF'FFFF, 4}).error() == SpecifierFault::SharedTooHigh);
    CHECK(line({1, 16, 8}).error() == SpecifierFault::PrivateTooHigh);
    CHECK(line({2, 1, 8}).error() == SpecifierFault::UnknownKind);
    CHECK(line({0, 1}).error() == SpecifierFault::CellCount);
    CHECK(line({0, 1, 4, 0}).error() == SpecifierFault::CellCount);
    // Flags: edges and levels; what has to be inverted a GIC has for private ones alone.
    CHECK(line({0, 7, 0})->trigger == Trigger::LevelSensitive);
    CHECK(line({0, 7, 1})->trigger == Trigger::EdgeTriggered);
    CHECK(line({0, 7, 4})->trigger == Trigger::LevelSensitive);
    CHECK(line({1, 7, 0xf02})->trigger == Trigger::EdgeTriggered);
    CHECK(line({1, 7, 0xf08})->trigger == Trigger::LevelSensitive);
    for (const u32 flags : {2u, 3u, 5u, 8u, 15u}) {
        CAPTURE(flags);
        CHECK(line({0, 7, flags}).error() == SpecifierFault::BadTrigger);
    }
    CHECK(line({1, 7, 3}).error() == SpecifierFault::BadTrigger);
}

TEST_CASE("IRQ14 a node's interrupt is found by path or alias and index, with the trigger that the tree says") {
    using kernel::NodeLine;
    using kernel::NodeRefusal;
    using kernel::Trigger;
    TreeBuilder t;
    t.begin("").cells("interrupt-parent", {1}).cells("#address-cells", {1}).cells("#size-cells", {1});
    t.begin("aliases").string("net", "/soc/mac@10").end();
    t.begin("gic").cells("phandle", {1}).cells("#interrupt-cells", {3}).end();
    t.begin("gpio").cells("phandle", {2}).cells("#interrupt-cells", {2}).end();
    t.begin("soc");
    t.begin("mac@10")
        .cells("interrupts", {0, 157, 4, 0, 158, 1, 1, 9, 0xf08, 0, 5, 2, 3, 1, 4, 0, 988, 4, 1, 16, 4})
        .end();
    t.begin("key@20").cells("interrupts-extended", {2, 3, 1, 1, 0, 12, 1, 9, 0}).end();
    t.begin("ragged@30").cells("interrupts", {0, 157, 4, 0}).end();
    t.begin("off@40").cells("interrupts", {0, 1, 4}).string("status", "disabled").end();
    t.begin("none@50").end();
    t.end().end().finish();
    const auto blob = t.blob();
    const auto tree = fdt::Tree::open(blob);
    REQUIRE(tree);
    const fdt::Node gic = *tree->find("/gic");
    const auto find = [&](std::string_view path, u32 index = 0) { return node_line(*tree, path, index, gic); };
    const auto refused = [](const auto& found, Error error, std::string_view why) {
        return !found && found.error() == NodeRefusal{error, why};
    };
    CHECK(find("/soc/mac@10") == NodeLine{189, Trigger::LevelSensitive});
    CHECK(find("/soc/mac", 1) == NodeLine{190, Trigger::EdgeTriggered});
    CHECK(find("net", 2) == NodeLine{25, Trigger::LevelSensitive});
    CHECK(find("/soc/key@20", 1) == NodeLine{44, Trigger::EdgeTriggered});
    CHECK(refused(find("/soc/mac@10", 3), Error::Invalid, words(SpecifierFault::BadTrigger)));
    CHECK(refused(find("/soc/mac@10", 4), Error::Invalid, words(SpecifierFault::UnknownKind)));
    CHECK(refused(find("/soc/mac@10", 5), Error::Invalid, words(SpecifierFault::SharedTooHigh)));
    CHECK(refused(find("/soc/mac@10", 6), Error::Invalid, words(SpecifierFault::PrivateTooHigh)));
    CHECK(refused(find("/soc/mac@10", 7), Error::NotFound, "no interrupt"));
    CHECK(refused(find("/soc/key@20", 0), Error::Unsupported, "its interrupt does not go to the GIC"));
    CHECK(refused(find("/soc/key@20", 2), Error::Invalid, "no interrupt controller"));
    CHECK(refused(find("/soc/ragged@30"), Error::Invalid, "not a whole number of interrupt specifiers"));
    CHECK(refused(find("/soc/off@40"), Error::NotFound, "the node is disabled"));
    CHECK(refused(find("/soc/none@50"), Error::NotFound, "no interrupt"));
    CHECK(refused(find("/soc/mac@11"), Error::NotFound, "no such node"));
    CHECK(refused(find("nobody"), Error::NotFound, "no such node"));
    CHECK(refused(find(""), Error::NotFound, "no such node"));
}

TEST_CASE("FDT08 a device with such an interrupt loses it alone; boot goes on") {
    const auto with = [](std::initializer_list<u32> cells, std::string_view name = "interrupts") {
        Board board;
        board.uart_interrupt = [kept = std::vector<u32>{cells}, name](TreeBuilder& t) {
            std::string value;
            for (const u32 cell : kept) {
                for (const u32 shift : {24u, 16u, 8u, 0u}) value += static_cast<char>(cell >> shift);
            }
            t.bytes(name, value);
        };
        return Reading{board};
    };
    for (const Reading& reading :
         {with({0, 121}), with({0, 988, 4}), with({1, 16, 4}), with({7, 1, 4}), with({0, 121, 4, 0}), with({}),
          with({9, 0, 0}, "interrupts-extended"), with({77, 0, 0, 0}, "interrupts-extended"),
          with({1, 0, 121}, "interrupts-extended")}) {
        REQUIRE(reading.machine);
        CHECK_FALSE(reading.machine->console.device.interrupt);
        CHECK(reading.machine->console.device.registers.begin == PhysAddr{0xFE20'1000});
        CHECK(reading.advice.size() == 1);
        CHECK(reading.advised("uart@fe201000: "));
    }
    const Reading extended = with({1, 0, 121, 4}, "interrupts-extended");
    REQUIRE(extended.machine);
    CHECK(extended.machine->console.device.interrupt == 153);
    CHECK(extended.advice.size() == 0);
}

TEST_CASE("FDT08 a timer without a good interrupt keeps the architecture's") {
    for (const Edit& edit : {Edit{[](TreeBuilder&) {}}, Edit{[](TreeBuilder& t) { t.cells("interrupts", {1, 13, 8}); }},
                             Edit{[](TreeBuilder& t) { t.cells("interrupts", {1, 1, 8, 1, 1, 8, 0, 5, 8}); }},
                             Edit{[](TreeBuilder& t) { t.cells("interrupts", {1, 1, 8, 1, 1, 8, 1, 99, 8}); }}}) {
        Board board;
        board.timer = edit;
        const Reading reading{board};
        REQUIRE(reading.machine);
        CHECK(reading.machine->timer.virtual_interrupt == 27);
        CHECK(reading.advice.size() == 1);
        CHECK(reading.advised("timer: "));
    }
    Board other;
    other.timer = [](TreeBuilder& t) {
        t.cells("interrupts", {1, 13, 8, 1, 14, 8, 1, 9, 8}).cells("clock-frequency", {54'000'000});
    };
    const Reading reading{other};
    REQUIRE(reading.machine);
    CHECK(reading.machine->timer.virtual_interrupt == 25);
    CHECK(reading.machine->timer.frequency == 54'000'000u);
}

TEST_CASE("FDT09 stdout-path: by alias, by path, with and without options") {
    struct Case {
        const char* path;
        ConsoleKind kind;
        bool advice;
    };
    for (const Case& c :
         {Case{"serial0", ConsoleKind::Pl011, false}, Case{"serial0:115200n8", ConsoleKind::Pl011, false},
          Case{"serial1:115200n8", ConsoleKind::MiniUart, false}, Case{"/uart@fe215040", ConsoleKind::MiniUart, false},
          Case{"/uart@fe215040:9600", ConsoleKind::MiniUart, false}, Case{"/missing", ConsoleKind::Pl011, true},
          Case{"serial7:115200n8", ConsoleKind::Pl011, true}, Case{"", ConsoleKind::Pl011, true},
          Case{":", ConsoleKind::Pl011, true}, Case{"/", ConsoleKind::Pl011, true},
          Case{"/timer", ConsoleKind::Pl011, true}}) {
        Board board;
        board.chosen = [&c](TreeBuilder& t) { t.string("stdout-path", c.path); };
        const Reading reading{board};
        INFO(c.path);
        REQUIRE(reading.machine);
        CHECK(reading.machine->console.kind == c.kind);
        CHECK(reading.advice.size() == (c.advice ? 1 : 0));
        if (c.advice) CHECK(reading.advised("is the console"));
    }
}

TEST_CASE("FDT09 without stdout-path, or with a disabled port: alias serial0, else the first, with advice") {
    Board board;
    board.chosen = [](TreeBuilder&) {};
    board.aliases = [](TreeBuilder& t) { t.string("serial0", "/uart@fe215040"); };
    const Reading by_alias{board};
    CHECK(by_alias.machine->console.kind == ConsoleKind::MiniUart);
    CHECK(by_alias.advised("no stdout-path"));
    board.aliases = [](TreeBuilder&) {};
    CHECK(Reading{board}.machine->console.kind == ConsoleKind::Pl011);
    board.uart_status = "disabled";
    CHECK(Reading{board}.machine->console.kind == ConsoleKind::MiniUart);
    board.mini_status = "fail";
    CHECK(Reading{board}.machine.error() == Unusable::NoConsole);
    Board disabled;
    disabled.uart_status = "disabled";
    const Reading reading{disabled};
    CHECK(reading.machine->console.kind == ConsoleKind::MiniUart);
    CHECK(reading.advised("stdout-path serial0"));
}

TEST_CASE("FDT09 an advice line quotes nothing that a terminal would obey") {
    Board board;
    board.chosen = [](TreeBuilder& t) { t.string("stdout-path", "\x1b[2J\x07\xff"); };
    const Reading reading{board};
    REQUIRE(reading.machine);
    CHECK(reading.advised("stdout-path ?[2J?? is no enabled"));
}
