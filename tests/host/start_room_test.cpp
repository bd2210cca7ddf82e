// SPDX-License-Identifier: MIT
//
// Where the first allocator's memory may lie, and which machines have none for it.

#include <boot/start_room.hpp>

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::platform;

namespace {

constexpr PhysRange range(u64 begin, u64 end) { return {PhysAddr{begin}, PhysAddr{end}}; }
constexpr PhysRange image = range(0x20'0000, 0x28'0000);

void add(Machine& machine, PhysRange each, ReservedFor why) { REQUIRE(machine.reserved.push({each, why})); }

Machine machine_with(PhysRange ram) {
    Machine machine;
    REQUIRE(machine.ram.push(ram));
    add(machine, range(0, page_size), ReservedFor::FirstPage);
    add(machine, image, ReservedFor::Image);
    return machine;
}

}  // namespace

TEST_CASE("BMP03 the first allocator's memory lies behind the image; 2 MiB are no machine") {
    const auto behind = boot::start_room(machine_with(range(0, 0x4000'0000)), image, {});
    REQUIRE(behind);
    CHECK(behind->begin == image.end);
    CHECK_FALSE(boot::start_room(machine_with(range(0, image.end.value() + 0x1'0000)), image, {}));
    Machine upside_down = machine_with(range(0, 0x1000'0000));
    add(upside_down, range(image.end.value(), 0x1000'0000), ReservedFor::MemReserve);
    CHECK_FALSE(boot::start_room(upside_down, image, {}));
}

TEST_CASE("BMP03 the first allocator's memory never lies in a tree that was not copied yet") {
    // The only room is in front of a high image, where a tree of 2 MiB begins at 0.
    constexpr PhysRange high = range(0x100'0000, 0x108'0000);
    Machine machine;
    REQUIRE(machine.ram.push(range(0, high.end.value())));
    add(machine, range(0, page_size), ReservedFor::FirstPage);
    add(machine, high, ReservedFor::Image);
    const auto alone = boot::start_room(machine, high, {});
    REQUIRE(alone);
    CHECK(alone->begin == PhysAddr{page_size});
    const auto beside = boot::start_room(machine, high, range(0, 0x20'0000));
    REQUIRE(beside);
    CHECK(beside->begin == PhysAddr{0x20'0000});
    CHECK(beside->size() >= alone->size() + 0x20'0000);  // and has room for the copy
}

TEST_CASE("FDT06 a machine whose RAM is all reserved has no room to start in") {
    Machine machine = machine_with(range(0, 0x3b40'0000));
    add(machine, range(0, 0x1'0000'0000), ReservedFor::MemReserve);
    CHECK_FALSE(boot::start_room(machine, image, {}));
}

TEST_CASE("FDT06 the room grows with what the linear map needs tables for") {
    const auto plain = boot::start_room(machine_with(range(0, 0x3b40'0000)), image, {});
    Machine cut = machine_with(range(0, 0x3b40'0000));
    // Each of these takes a page out of two blocks: two tables of a page, and more.
    constexpr u32 areas = max_reservations - 2;
    for (u64 i = 0; i != areas; ++i) {
        const u64 border = 0x1000'0000 + i * 0x40'0000;
        add(cut, range(border - page_size, border + page_size), ReservedFor::NoMap);
    }
    const auto more = boot::start_room(cut, image, {});
    REQUIRE(plain);
    REQUIRE(more);
    CHECK(more->size() >= plain->size() + areas * 2 * page_size);
}

TEST_CASE("FDT06 records of the most RAM fit what can be mapped before there is memory for tables") {
    const auto most = boot::start_room(machine_with(range(0, ram_limit)), image, {});
    REQUIRE(most);
    CHECK(most->size() >= ram_limit / page_size);
    CHECK(most->size() <= 10 * 1024 * 1024);  // at most six tables of 2 MiB each (mm/kernel_map.cpp: pool_tables)
}
