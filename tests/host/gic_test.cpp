// SPDX-License-Identifier: MIT
//
// The interrupt controller against a recorded GIC: a model that keeps the set/clear register pairs
// and the banked word of each core, and nothing else.

#include <arch/cpu.hpp>
#include <arch/mmio.hpp>
#include <doctest/doctest.h>
#include <drivers/gic/gic.hpp>

#include <map>

using namespace quartet;
using namespace quartet::drivers;
using Write = arch::MmioTrace::Write;

namespace {

constexpr u32 typer_of_qemu = 0x66;  // 224 ids, four cores, no security extension

// Enables are one register behind two addresses, and word 0 is each core's own. `at_core` plays the
// move of the program to another core.
struct FakeGic {
    arch::MmioTrace distributor;
    arch::MmioTrace cpu_interface;
    std::map<u32, std::map<u32, u32>> banked;

    explicit FakeGic(u32 typer = typer_of_qemu) {
        distributor.values[gicd::Typer::offset] = typer;
        distributor.values[gicd::Itargetsr::offset] = 0x0101'0101;
        distributor.on_write = [this](u32 offset, u32 value) {
            if (offset >= 0x100 && offset < 0x180) set(0x100, offset - 0x100, value, true);
            if (offset >= 0x180 && offset < 0x200) set(0x100, offset - 0x180, value, false);
        };
    }
    ~FakeGic() { arch::sim_core_id = 0; }

    void set(u32 base, u32 at, u32 value, bool on) {
        u32& bits = enables[at];
        bits = on ? bits | value : bits & ~value;
        distributor.values[base + at] = bits;
        distributor.values[base + 0x80 + at] = bits;
    }
    void at_core(u32 core) {
        for (u32 word : banked_words) {
            banked[arch::sim_core_id][word] = distributor.values[word];
            distributor.values[word] = banked[core][word];
        }
        banked_enables[arch::sim_core_id] = enables[0];
        enables[0] = banked_enables[core];
        arch::sim_core_id = core;
        distributor.values[gicd::Itargetsr::offset] = 0x0101'0101u << core;
    }
    u32 priority(u32 id) { return distributor.values[gicd::Ipriorityr::offset + id / 4 * 4] >> id % 4 * 8 & 0xff; }
    u32 target(u32 id) { return distributor.values[gicd::Itargetsr::offset + id / 4 * 4] >> id % 4 * 8 & 0xff; }
    Gic make() { return Gic{arch::MmioRegion{distributor}, arch::MmioRegion{cpu_interface}}; }

    std::map<u32, u32> enables;
    std::map<u32, u32> banked_enables;
    static constexpr u32 banked_words[] = {0x100, 0x180, 0x400, 0x404, 0x408, 0x40c, 0x410, 0x414, 0x418, 0x41c, 0xc04};
};

bool wrote_to(const arch::MmioTrace& trace, u32 offset, u32 end) {
    for (const Write& write : trace.writes) {
        if (write.offset >= offset && write.offset < end) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("IRQ04 end of interrupt returns the whole acknowledge word, with the sender's core") {
    FakeGic fake;
    Gic gic = fake.make();
    for (u32 core = 0; core < max_cores; ++core) {
        u32 word = core << 10 | 1;
        fake.cpu_interface.values[gicc::Iar::offset] = word;
        fake.cpu_interface.writes.clear();
        ActiveIrq irq = gic.acknowledge();
        CHECK(irq.id() == 1);
        CHECK(irq.sender() == core);
        CHECK_FALSE(irq.special());
        gic.complete(irq);
        CHECK(fake.cpu_interface.writes == std::vector<Write>{{gicc::Eoir::offset, word}});
    }
}

TEST_CASE("IRQ01 ids from 1020 are special, and only 1023 is spurious") {
    CHECK_FALSE(ActiveIrq{{1019}}.special());
    for (u32 id = 1020; id <= 1023; ++id) CHECK(ActiveIrq{{id}}.special());
    CHECK(ActiveIrq{{1023}}.spurious());
    CHECK_FALSE(ActiveIrq{{1022}}.spurious());
    CHECK(ActiveIrq{{1022}}.wrong_group());
}

TEST_CASE("GIC01 the distributor is off while it is set up, and every shared id starts silent") {
    FakeGic fake;
    fake.enables[0x14] = 0x8000'0000;  // the firmware left one on
    Gic gic = fake.make();
    REQUIRE(gic.start_distributor());
    CHECK(gic.lines() == 224);
    CHECK(fake.distributor.writes.front() == Write{gicd::Ctlr::offset, 0});
    CHECK(fake.distributor.writes.back() == Write{gicd::Ctlr::offset, 1});
    for (u32 id = 32; id < 224; ++id) {
        CAPTURE(id);
        CHECK_FALSE(gic.enabled(id));
        CHECK(fake.priority(id) == 0x60);
        CHECK(fake.target(id) == 1);  // the last id too: the end is one past it
    }
    CHECK(fake.distributor.values[gicd::Icpendr::offset + 4] == ~0u);
    CHECK(fake.distributor.values[gicd::Icactiver::offset + 24] == ~0u);
    CHECK_FALSE(wrote_to(fake.distributor, 0x400 + 224, 0x800));
    CHECK_FALSE(wrote_to(fake.distributor, 0x800, 0x820));  // read-only words
}

TEST_CASE("GIC01 groups are left as they are, with and without the security extension") {
    for (u32 typer : {typer_of_qemu, typer_of_qemu | 1u << 10}) {
        FakeGic fake{typer};
        Gic gic = fake.make();
        REQUIRE(gic.start_distributor());
        gic.start_core();
        CHECK_FALSE(wrote_to(fake.distributor, 0x080, 0x100));
        CHECK(fake.distributor.values[gicd::Ctlr::offset] == 1);
        CHECK(fake.cpu_interface.values[gicc::Ctlr::offset] == 1);
    }
}

TEST_CASE("GIC01 ids that belong to the secure side are an error, not a silent machine") {
    FakeGic fake{typer_of_qemu | 1u << 10};
    auto model = fake.distributor.on_write;
    fake.distributor.on_write = [&](u32 offset, u32 value) {
        model(offset, value);
        if (offset >= 0x400 && offset < 0x800) fake.distributor.values[offset] = 0;
    };
    Gic gic = fake.make();
    CHECK(gic.start_distributor() == fail(Error::Unsupported));
}

TEST_CASE("GIC01 a GIC that claims 1024 ids has 1020, and its last registers exist") {
    FakeGic fake{0x7f};
    Gic gic = fake.make();
    REQUIRE(gic.start_distributor());
    CHECK(gic.lines() == 1020);
    CHECK(fake.priority(1019) == 0x60);
}

TEST_CASE("IRQ05 each core sets up its own ids and its interface") {
    FakeGic fake;
    Gic gic = fake.make();
    REQUIRE(gic.start_distributor());
    for (u32 core = 0; core < max_cores; ++core) {
        CAPTURE(core);
        fake.at_core(core);
        fake.enables[0] = 0xffff'0000;  // as the firmware may leave them
        fake.cpu_interface.values.clear();
        for (u32 word = 0; word < gicc::Apr::count; ++word)
            fake.cpu_interface.values[gicc::Apr::offset + word * 4] = ~0u;
        fake.distributor.writes.clear();
        gic.start_core();
        // A handler that a reset ended has left its priority active; in QEMU it is in word 1 or 2.
        for (u32 word = 0; word < gicc::Apr::count; ++word)
            CHECK(fake.cpu_interface.values[gicc::Apr::offset + word * 4] == 0);
        for (u32 id = 0; id < 32; ++id) CHECK(fake.priority(id) == 0x60);
        CHECK_FALSE(gic.enabled(27));
        gic.set_priority(27, kernel::IrqPriority::Highest);
        gic.enable(27);
        CHECK(gic.enabled(27));
        CHECK(fake.priority(27) == 0);
        CHECK(fake.priority(26) == 0x60);
        CHECK(fake.cpu_interface.values[gicc::Pmr::offset] == 0xff);
        CHECK(fake.cpu_interface.values[gicc::Ctlr::offset] == 1);
        CHECK_FALSE(wrote_to(fake.distributor, 0x420, 0xc00));  // nothing that others own
    }
}

TEST_CASE("IRQ04 a software interrupt names one core by what that core read of itself") {
    FakeGic fake;
    Gic gic = fake.make();
    REQUIRE(gic.start_distributor());
    for (u32 core = 0; core < max_cores; ++core) {
        fake.at_core(core);
        gic.start_core();
    }
    for (u32 core = 0; core < max_cores; ++core) {
        fake.distributor.writes.clear();
        gic.send(5, core);
        CHECK(fake.distributor.writes == std::vector<Write>{{gicd::Sgir::offset, 1u << (16 + core) | 5}});
    }
}

TEST_CASE("GIC01 routing, priority and trigger change one id and no neighbour") {
    FakeGic fake;
    Gic gic = fake.make();
    REQUIRE(gic.start_distributor());
    for (u32 id : {32u, 125u, 153u, 223u}) {
        CAPTURE(id);
        gic.route(id, 3);
        gic.set_priority(id, kernel::IrqPriority::Lowest);
        gic.set_trigger(id, kernel::Trigger::EdgeTriggered);
    }
    for (u32 id = 32; id < 224; ++id) {
        CAPTURE(id);
        bool changed = id == 32 || id == 125 || id == 153 || id == 223;
        CHECK(fake.target(id) == (changed ? 8 : 1));
        CHECK(fake.priority(id) == (changed ? 0xe0 : 0x60));
        CHECK((fake.distributor.values[0xc00 + id / 16 * 4] >> id % 16 * 2 & 3) == (changed ? 2 : 0));
    }
    gic.set_trigger(125, kernel::Trigger::LevelSensitive);
    CHECK((fake.distributor.values[0xc00 + 125 / 16 * 4] >> 125 % 16 * 2 & 3) == 0);
}

TEST_CASE("GIC01 enable and disable write one bit, and disable waits for the distributor") {
    FakeGic fake;
    Gic gic = fake.make();
    REQUIRE(gic.start_distributor());
    fake.distributor.writes.clear();
    gic.enable(153);
    CHECK(fake.distributor.writes == std::vector<Write>{{0x100 + 16, 1u << 25}});
    CHECK(gic.enabled(153));
    CHECK_FALSE(gic.enabled(152));
    fake.distributor.writes.clear();
    fake.distributor.reads.clear();
    gic.disable(153);
    CHECK(fake.distributor.writes == std::vector<Write>{{0x180 + 16, 1u << 25}});
    CHECK(fake.distributor.reads == std::vector<u32>{0x180 + 16});
    CHECK_FALSE(gic.enabled(153));
}
