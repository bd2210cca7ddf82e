// SPDX-License-Identifier: MIT
//
// Where the crash record lies: at a place that the next run finds again, in RAM that nobody else has.

#include <boot/crash_room.hpp>
#include <boot/start_room.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace quartet;
using namespace quartet::platform;
using boot::crash_room_bytes;

namespace {

constexpr PhysRange range(u64 begin, u64 end) { return {PhysAddr{begin}, PhysAddr{end}}; }
constexpr PhysRange room_at(u64 begin) { return range(begin, begin + crash_room_bytes); }
constexpr u64 usual = 0x0b00'0000, low = 0x03f0'0000;

Machine machine_with(PhysRange ram, PhysRange image) {
    Machine machine;
    REQUIRE(machine.ram.push(ram));
    REQUIRE(machine.reserved.push({range(0, page_size), ReservedFor::FirstPage}));
    REQUIRE(machine.reserved.push({image, ReservedFor::Image}));
    return machine;
}

// Reserved where it says, or an advice line and nothing reserved; and the start memory keeps off.
PhysRange reserved(Machine machine, PhysRange image, PhysRange uncopied = {}) {
    Advice advice;
    const u32 before = machine.reserved.size();
    const PhysRange room = boot::reserve_crash_room(machine, image, uncopied, advice);
    if (room.empty()) {
        CHECK(machine.reserved.size() == before);
        REQUIRE(advice.size() == 1);
        CHECK(std::string{advice.begin()->text()}.starts_with("no room for a crash record"));
        return room;
    }
    CHECK(advice.size() == 0);
    REQUIRE(machine.reserved.size() == before + 1);
    CHECK(machine.reserved[before] == Reservation{room, ReservedFor::CrashRecord});
    const auto start = boot::start_room(machine, image, uncopied);
    REQUIRE(start);
    CHECK(!start->overlaps(room));
    CHECK(!image.overlaps(room));
    CHECK(!uncopied.overlaps(room));
    return room;
}

}  // namespace

TEST_CASE("DMP01 the record lies at one place, whatever the load address of the image") {
    constexpr u64 size = 0x40'0000;
    for (u64 load :
         {u64{0x8'0000}, u64{0x20'0000}, u64{0x400'0000}, usual - size, usual + crash_room_bytes, u64{0x3000'0000}}) {
        const PhysRange image = range(load, load + size);
        CHECK(reserved(machine_with(range(0, 0x3b40'0000), image), image) == room_at(usual));
    }
    // Where the image itself lies there, at the second one.
    for (u64 load : {usual, usual - size + page_size, usual + page_size}) {
        const PhysRange image = range(load, load + size);
        CHECK(reserved(machine_with(range(0, 0x3b40'0000), image), image) == room_at(low));
    }
    const PhysRange high = range(0x1'0020'0000, 0x1'0060'0000);
    CHECK(reserved(machine_with(range(0x1'0000'0000, 0x1'4000'0000), high), high) == room_at(0x1'0000'0000 + usual));
}

TEST_CASE("DMP01 the record keeps off what a tree reserves and off a tree that was not copied yet") {
    constexpr PhysRange image = range(0x20'0000, 0x60'0000);
    Machine taken = machine_with(range(0, 0x3b40'0000), image);
    REQUIRE(taken.reserved.push({range(usual + 0x3000, usual + 0x4000), ReservedFor::NoMap}));
    CHECK(reserved(taken, image) == room_at(low));
    REQUIRE(taken.reserved.push({range(low - 0x1000, low + 0x1000), ReservedFor::Tree}));
    CHECK(reserved(taken, image).empty());
    CHECK(reserved(machine_with(range(0, 0x3b40'0000), image), image, range(0x0a00'0000, 0x0c00'0000)) == room_at(low));
}

TEST_CASE("DMP01 where there is no RAM for it there is no record, and where nothing would be left to start in") {
    constexpr PhysRange image = range(0x20'0000, 0x60'0000);
    CHECK(reserved(machine_with(range(0, usual + crash_room_bytes), image), image) == room_at(usual));
    CHECK(reserved(machine_with(range(0, usual + crash_room_bytes - page_size), image), image) == room_at(low));
    CHECK(reserved(machine_with(range(0, 64_MiB), image), image) == room_at(low));
    CHECK(reserved(machine_with(range(0, 63_MiB), image), image).empty());
    // All but the record's own place, and a little, is taken.
    Machine full = machine_with(range(0, 64_MiB), image);
    const auto start = boot::start_room(full, image, {});
    REQUIRE(start);
    REQUIRE(full.reserved.push({range(start->end.value() + 4_MiB - 2 * page_size, low), ReservedFor::MemReserve}));
    REQUIRE(full.reserved.push({range(low + crash_room_bytes, 64_MiB), ReservedFor::MemReserve}));
    REQUIRE(full.reserved.push({range(page_size, image.begin.value()), ReservedFor::MemReserve}));
    REQUIRE(boot::start_room(full, image, {}));
    CHECK(reserved(full, image).empty());
    // No reservation more can be written down.
    Machine many = machine_with(range(0, 0x3b40'0000), image);
    while (!many.reserved.full())
        REQUIRE(many.reserved.push(
            {range(0x2000'0000 + many.reserved.size() * u64{0x2000}, 0x2000'1000 + many.reserved.size() * u64{0x2000}),
             ReservedFor::MemReserve}));
    CHECK(reserved(many, image).empty());
}
