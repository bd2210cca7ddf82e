// SPDX-License-Identifier: MIT

#include <doctest/doctest.h>
#include <mm/free_ranges.hpp>

#include <random>
#include <vector>

using namespace quartet;

namespace {

PhysRange range(u64 begin, u64 end) { return {PhysAddr{begin}, PhysAddr{end}}; }

std::vector<PhysRange> all(const mm::FreeRanges& free) {
    std::vector<PhysRange> found;
    free.for_each([&](PhysRange each) { found.push_back(each); });
    return found;
}

}  // namespace

TEST_CASE("BMP03 reservations are cut out of the banks by the page") {
    std::vector<PhysRange> banks{range(0, 0x10000), range(0x20000, 0x30800)};
    std::vector<PhysRange> reserved{range(0, 0x1000), range(0x4100, 0x4200), range(0x8000, 0x9000),
                                    range(0x8800, 0xa001)};
    mm::FreeRanges free{banks, reserved};
    CHECK(all(free) == std::vector<PhysRange>{range(0x1000, 0x4000), range(0x5000, 0x8000), range(0xb000, 0x10000),
                                              range(0x20000, 0x30000)});
    CHECK(free.first_fit(PhysAddr{0}, 0x4000) == range(0xb000, 0x10000));
    CHECK(free.first_fit(PhysAddr{0xc000}, 0x5000) == range(0x20000, 0x30000));
    CHECK_FALSE(free.first_fit(PhysAddr{0}, 0x20000).has_value());
}

TEST_CASE("BMP03 empty reservations and ones over the end of a bank change nothing else") {
    std::vector<PhysRange> banks{range(0x1000, 0x9000)};
    std::vector<PhysRange> reserved{range(0x3000, 0x3000), range(0x8000, 0xffff'ffff'ffff'ffff)};
    CHECK(all({banks, reserved}) == std::vector<PhysRange>{range(0x1000, 0x8000)});
}

TEST_CASE("BMP03 every page of random banks is free or reserved, never both") {
    std::mt19937_64 random{20};
    for (int round = 0; round < 200; ++round) {
        std::vector<PhysRange> banks;
        u64 at = 0;
        for (int i = 0; i < 3; ++i) {
            u64 begin = at + random() % 20 * 0x1000;
            u64 end = begin + (1 + random() % 30) * 0x1000;
            banks.push_back(range(begin, end));
            at = end;
        }
        std::vector<PhysRange> reserved;
        for (int i = 0; i < 6; ++i) {
            u64 begin = random() % 0x60000;
            reserved.push_back(range(begin, begin + random() % 0x6000));
        }
        mm::FreeRanges free{banks, reserved};
        auto found = all(free);
        for (u64 page = 0; page < at; page += 0x1000) {
            PhysRange one = range(page, page + 0x1000);
            bool in_bank = false, taken = false;
            for (auto& each : banks) in_bank = in_bank || each.contains(one);
            for (auto& each : reserved) taken = taken || (!each.empty() && each.overlaps(one));
            int times = 0;
            for (auto& each : found) times += each.contains(one) ? 1 : 0;
            REQUIRE(times == (in_bank && !taken ? 1 : 0));
        }
    }
}
