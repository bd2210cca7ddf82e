// SPDX-License-Identifier: MIT
//
// The frame allocator: nothing lost, nothing given twice, every mistake of its callers seen.

#include "../fakes/effort.hpp"
#include "fake_ram.hpp"

#include <base/format.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

using namespace quartet;
using fakes::FakeFrames;
using fakes::reported;

namespace {

using Histogram = std::array<u32, mm::order_count>;

// Where every free block lies, as (address, order), found by taking all there is and giving it back.
std::set<std::pair<u64, u32>> all_free_blocks(mm::FrameAllocator& frames) {
    std::set<std::pair<u64, u32>> blocks;
    for (u32 order = mm::order_count; order-- > 0;) {
        // Only blocks of exactly this order: larger ones were taken already.
        while (auto block = frames.allocate(order)) blocks.insert({block->value(), order});
    }
    for (auto [block, order] : blocks) frames.free(PhysAddr{block}, order);
    return blocks;
}

}  // namespace

TEST_CASE("BUD01 all frames taken one by one and freed in random order leave the lists as they were") {
    // Neither begin nor end lies on a block of the largest order.
    fakes::FakeRam ram{PhysAddr{0x4000'0000}, 32_MiB};
    fakes::OwnBump own;
    mm::FrameAllocator frames;
    REQUIRE(frames.add_bank(ram.range(), own.bump));
    REQUIRE(frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.part(20_KiB, 30_MiB - 4_KiB)));

    const auto before = frames.stats();
    const auto blocks_before = all_free_blocks(frames);
    CHECK(before.free_frames == before.total_frames);
    CHECK(before.total_frames == (30_MiB - 4_KiB) / page_size);

    std::vector<PhysAddr> taken;
    while (auto frame = frames.allocate(0)) taken.push_back(*frame);
    CHECK(taken.size() == before.total_frames);
    CHECK(frames.stats().free_frames == 0);
    CHECK(std::set(taken.begin(), taken.end()).size() == taken.size());
    for (PhysAddr frame : taken) CHECK(ram.part(20_KiB, 30_MiB - 4_KiB).contains(frame));

    std::ranges::shuffle(taken, std::mt19937{1});
    for (PhysAddr frame : taken) frames.free(frame, 0);
    CHECK(frames.stats().free_blocks == before.free_blocks);
    CHECK(frames.stats().free_frames == before.free_frames);
    CHECK(all_free_blocks(frames) == blocks_before);
}

TEST_CASE("BUD01 every order is aligned to its size, and metadata is at most 4 bytes a frame") {
    FakeFrames machine{16_MiB};
    for (u32 order = 0; order <= mm::max_order; ++order) {
        auto block = machine.frames.allocate(order);
        REQUIRE(block);
        CHECK(is_aligned(block->value(), mm::block_bytes(order)));
        machine.frames.free(*block, order);
    }
    CHECK(machine.frames.allocate(mm::max_order + 1) == fail(Error::Invalid));
    CHECK(machine.frames.stats().metadata_bytes <= 4 * machine.frames.stats().total_frames);
    CHECK(machine.own.bump.report().used <= 4 * machine.frames.stats().total_frames);
}

TEST_CASE("BUD01 whole blocks that are added are counted as free and not written to before they are needed") {
    fakes::FakeRam ram{PhysAddr{0x4000'0000}, 24_MiB};
    fakes::OwnBump own;
    mm::FrameAllocator frames;
    std::memset(ram.at(ram.range().begin), 0xa5, 24_MiB);
    auto untouched = [&](usize from, usize bytes) {
        const std::byte* first = ram.at(ram.range().begin + from);
        return std::all_of(first, first + bytes, [](std::byte each) { return each == std::byte{0xa5}; });
    };
    REQUIRE(frames.add_bank(ram.range(), own.bump));
    REQUIRE(frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.part(8_KiB, 20_MiB)));
    // Four blocks of the largest order between the smaller ones of the two ends.
    CHECK(frames.stats().free_frames == 20_MiB / page_size);
    CHECK(frames.stats().free_blocks[mm::max_order] == 4);
    CHECK(untouched(4_MiB, 16_MiB));

    // What is there is used up first; then one block after the other is begun.
    std::vector<PhysAddr> taken;
    for (usize n = 0; n < 4_MiB / page_size; ++n) taken.push_back(*frames.allocate(0));
    CHECK(untouched(4_MiB, 16_MiB));
    CHECK(frames.stats().free_blocks[mm::max_order] == 4);
    taken.push_back(*frames.allocate(0));
    CHECK_FALSE(untouched(4_MiB, 4_MiB));
    CHECK(untouched(8_MiB, 12_MiB));
    CHECK(frames.stats().free_blocks[mm::max_order] == 3);
    CHECK(frames.stats().free_frames == 16_MiB / page_size - 1);
    for (PhysAddr frame : taken) frames.free(frame, 0);
    CHECK(frames.stats().free_blocks[mm::max_order] == 4);
    CHECK(untouched(8_MiB, 12_MiB));
}

TEST_CASE("BUD01 more ranges of whole blocks than there are places for are free all the same") {
    fakes::FakeRam ram{PhysAddr{0}, 240_MiB};
    fakes::OwnBump own;
    mm::FrameAllocator frames;
    REQUIRE(frames.add_bank(ram.range(), own.bump));
    for (usize n = 0; n < 30; ++n) {
        REQUIRE(frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.part(n * 8_MiB, 4_MiB)));
    }
    CHECK(frames.stats().free_blocks[mm::max_order] == 30);
    const auto blocks = all_free_blocks(frames);
    CHECK(blocks.size() == 30);
    for (auto [block, order] : blocks) CHECK((order == mm::max_order && block % 8_MiB == 0));
    CHECK(all_free_blocks(frames) == blocks);
}

TEST_CASE("BMP03 after the hand-over every byte of RAM is the first allocator's, the frame allocator's or reserved") {
    constexpr usize size = 16_MiB;
    fakes::FakeRam ram{PhysAddr{0x4000'0000}, size};
    const PhysRange reserved = ram.part(0, 12_KiB);
    const PhysRange start = ram.part(1_MiB + 4_KiB, 520_KiB);
    mm::Bump bump;
    bump.give(Unsafe{"the test's own memory"}, {ram.at(start.begin), start.size()});
    mm::FrameAllocator frames;
    REQUIRE(frames.add_bank(ram.range(), bump));
    for (PhysRange range : {PhysRange{reserved.end, start.begin}, PhysRange{start.end, ram.range().end}}) {
        REQUIRE(frames.add_range(Unsafe{"nobody uses the fake RAM"}, range));
    }
    REQUIRE(bump.allocate(8_KiB, 64));  // a boot thread's stack
    const auto tail = bump.close();
    const PhysAddr tail_begin = ram.range().begin + static_cast<usize>(tail.data() - ram.at(ram.range().begin));
    REQUIRE(frames.add_range(Unsafe{"the bump allocator gave nothing of it"}, {tail_begin, tail_begin + tail.size()}));

    std::vector<int> owners(size / page_size);
    auto own = [&](PhysAddr page) { ++owners[(page - ram.range().begin) / page_size]; };
    for (PhysAddr at = reserved.begin; at < reserved.end; at = at + page_size) own(at);
    for (PhysAddr at = start.begin; at < start.end; at = at + page_size) {
        if (bump.owns(ram.at(at))) own(at);
    }
    while (auto frame = frames.allocate(0)) own(*frame);
    CHECK(std::ranges::count(owners, 1) == static_cast<long>(owners.size()));
    CHECK_FALSE(bump.allocate(1, 1));
}

TEST_CASE("BUD02 every second frame free: no pair can be had, single frames can; then all grows together") {
    FakeFrames machine{8_MiB};
    auto& frames = machine.frames;
    std::vector<PhysAddr> taken;
    while (auto frame = frames.allocate(0)) taken.push_back(*frame);
    std::ranges::sort(taken);
    for (usize i = 0; i < taken.size(); i += 2) frames.free(taken[i], 0);

    CHECK(frames.allocate(1) == fail(Error::NoMemory));
    CHECK(frames.stats().free_blocks[0] == taken.size() / 2);
    auto single = frames.allocate(0);
    REQUIRE(single);
    frames.free(*single, 0);

    for (usize i = 1; i < taken.size(); i += 2) frames.free(taken[i], 0);
    Histogram whole{};
    whole[mm::max_order] = 2;
    CHECK(frames.stats().free_blocks == whole);
}

TEST_CASE("BUD03 wrong frees are reported by name, and the lists stay intact") {
    FakeFrames machine{8_MiB};
    auto& frames = machine.frames;
    const PhysAddr pair = *frames.allocate(1);
    const PhysAddr freed = *frames.allocate(0);
    frames.free(freed, 0);
    const auto before = frames.stats();

    CHECK(reported([&] { frames.free(freed, 0); }).find("freed twice") != std::string::npos);
    CHECK(reported([&] { frames.free(pair + page_size, 0); }).find("inside the block 0x") != std::string::npos);
    CHECK(reported([&] { frames.free(pair, 0); }).find("with order 0, allocated with order 1") != std::string::npos);
    CHECK(reported([&] { frames.free(pair, 2); }).find("order 1") != std::string::npos);
    CHECK(reported([&] { frames.free(pair, 1, mm::FrameUse::Slab); }).find("as use") != std::string::npos);
    CHECK(reported([&] { frames.free(pair + 8, 1); }).find("no frame's address") != std::string::npos);
    CHECK(reported([&] { frames.free(PhysAddr{0x3fff'f000}, 0); }).find("no bank") != std::string::npos);
    CHECK(reported([&] { frames.free(machine.ram.range().end, 0); }).find("no bank") != std::string::npos);
    CHECK(reported([&] { frames.free(PhysAddr{~u64{0} - 4095}, 0); }).find("no bank") != std::string::npos);
    CHECK(reported([&] { frames.free(pair, 64); }) != "");

    CHECK(frames.stats().free_blocks == before.free_blocks);
    frames.free(pair, 1);
    Histogram whole{};
    whole[mm::max_order] = 2;
    CHECK(frames.stats().free_blocks == whole);
}

TEST_CASE("BUD03 a frame that was never given to the allocator is refused") {
    fakes::FakeRam ram{PhysAddr{0}, 8_MiB};
    fakes::OwnBump own;
    mm::FrameAllocator frames;
    REQUIRE(frames.add_bank(ram.range(), own.bump));
    REQUIRE(frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.part(4_MiB, 4_MiB)));
    CHECK(reported([&] { frames.free(PhysAddr{64_KiB}, 0); }).find("never allocated") != std::string::npos);
}

TEST_CASE("BUD04 random operations agree with a bitmap of all frames, in two banks with holes") {
    fakes::FakeRam ram{PhysAddr{0}, 48_MiB};
    fakes::OwnBump own;
    mm::FrameAllocator frames;
    // Bank 1: 0-20 MiB without its first page and without 6-9 MiB. Bank 2: 24-47 MiB.
    REQUIRE(frames.add_bank(ram.part(0, 20_MiB), own.bump));
    REQUIRE(frames.add_bank(ram.part(24_MiB, 23_MiB), own.bump));
    std::vector<bool> free(48_MiB / page_size);
    for (PhysRange range : {ram.part(4_KiB, 6_MiB - 4_KiB), ram.part(9_MiB, 11_MiB), ram.part(24_MiB, 23_MiB)}) {
        REQUIRE(frames.add_range(Unsafe{"nobody uses the fake RAM"}, range));
        for (u64 at = range.begin.value(); at < range.end.value(); at += page_size) free[at / page_size] = true;
    }
    const auto whole = frames.stats();

    std::mt19937_64 random{42};
    std::vector<std::pair<PhysAddr, u32>> live;
    auto pages = [&](PhysAddr block, u32 order, bool expected) {
        bool all = true;
        for (u64 i = 0; i < u64{1} << order; ++i) all = all && free[block.value() / page_size + i] == expected;
        return all;
    };
    auto set = [&](PhysAddr block, u32 order, bool value) {
        for (u64 i = 0; i < u64{1} << order; ++i) free[block.value() / page_size + i] = value;
    };
    for (u64 n : fakes::Rounds{"BUD04 a bitmap of all frames", 10'000'000}) {
        // Waves: first mostly taking, then mostly giving back.
        const bool take = live.empty() || random() % 100 < ((n / 1000) % 2 == 0 ? 70u : 30u);
        if (take) {
            const u32 order = static_cast<u32>(std::min<u64>(random() % 14, random() % 14));
            auto block = frames.allocate(order);
            if (order > mm::max_order) {
                CHECK(block == fail(Error::Invalid));
            } else if (block) {
                REQUIRE(is_aligned(block->value(), mm::block_bytes(order)));
                REQUIRE(pages(*block, order, true));
                set(*block, order, false);
                live.push_back({*block, order});
            } else {
                // The buddy method fails only where no aligned block is free in one bank.
                for (u64 at = 0; at + mm::block_bytes(order) <= 48_MiB; at += mm::block_bytes(order)) {
                    REQUIRE_FALSE(pages(PhysAddr{at}, order, true));
                }
            }
        } else {
            std::swap(live[random() % live.size()], live.back());
            auto [block, order] = live.back();
            live.pop_back();
            frames.free(block, order);
            set(block, order, true);
        }
        if (n % 500 == 0) {
            CHECK(frames.stats().free_frames == static_cast<u64>(std::ranges::count(free, true)));
        }
    }
    for (auto [block, order] : live) frames.free(block, order);
    CHECK(frames.stats().free_blocks == whole.free_blocks);
    CHECK(frames.stats().free_frames == whole.total_frames);
}

TEST_CASE("BUD04 banks and ranges that cannot be are refused") {
    fakes::FakeRam ram{PhysAddr{0}, 16_MiB};
    fakes::OwnBump own;
    mm::FrameAllocator frames;
    REQUIRE(frames.add_bank(ram.part(0, 8_MiB), own.bump));
    CHECK(frames.add_bank(ram.part(4_MiB, 8_MiB), own.bump) == fail(Error::Invalid));
    CHECK(frames.add_bank(ram.part(8_MiB + 1, 4_KiB), own.bump) == fail(Error::Invalid));
    CHECK(frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.part(6_MiB, 4_MiB)) == fail(Error::Invalid));
    CHECK(frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.part(12_MiB, 4_KiB)) == fail(Error::Invalid));
    CHECK(frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.part(4095, 4_KiB)));
    CHECK(frames.stats().total_frames == 0);
    fakes::OwnBump small{16};
    CHECK(frames.add_bank(ram.part(8_MiB, 8_MiB), small.bump) == fail(Error::NoMemory));
    CHECK(frames.allocate(0) == fail(Error::NoMemory));
}

TEST_CASE("BUD04 sixteen banks up to 8 GiB take 2 MiB of metadata") {
    fakes::OwnBump own{3_MiB};
    mm::FrameAllocator frames;
    for (u64 bank = 0; bank < mm::FrameAllocator::max_banks; ++bank) {
        REQUIRE(frames.add_bank({PhysAddr{bank * 512_MiB}, PhysAddr{(bank + 1) * 512_MiB}}, own.bump));
    }
    CHECK(frames.stats().metadata_bytes == 2_MiB);
    CHECK(frames.add_bank({PhysAddr{9_GiB}, PhysAddr{10_GiB}}, own.bump) == fail(Error::NoMemory));
}

TEST_CASE("BUD07 a write to a freed frame is found when the frame is given out again, with both addresses") {
    FakeFrames machine{4_MiB};
    auto& frames = machine.frames;
    for (int i = 0; i < 3; ++i) {
        const PhysAddr untouched = *frames.allocate(0);
        frames.free(untouched, 0);
        CHECK(reported([&] { frames.free(*frames.allocate(0), 0); }) == "");
    }
    const PhysAddr frame = *frames.allocate(0);
    frames.free(frame, 0);
    machine.ram.at(frame)[2048] = std::byte{1};
    const std::string report = reported([&] { (void)frames.allocate(0); });
    std::array<char, 32> room{};
    CHECK(report.find("was written after it was freed") != std::string::npos);
    CHECK(report.find(format_to(room, "{}", frame)) != std::string::npos);
    CHECK(report.find(format_to(room, "{}", frame + 2048)) != std::string::npos);
}

TEST_CASE("BUD07 a write to the list entry of a free block is found before it is followed") {
    for (usize offset : {usize{0}, usize{7}, usize{8}, usize{23}}) {
        FakeFrames damaged{4_MiB};
        const PhysAddr free = *damaged.frames.allocate(0) + page_size;
        damaged.ram.at(free)[offset] ^= std::byte{0x10};
        CHECK(reported([&] { (void)damaged.frames.allocate(0); }).find("list of free blocks") != std::string::npos);
    }
}

TEST_CASE("BUD07 every byte of a freed frame is watched, also where the free lists were, and in merged blocks") {
    FakeFrames machine{4_MiB};
    auto& frames = machine.frames;
    const PhysAddr low = *frames.allocate(0);
    const PhysAddr high = *frames.allocate(0);
    REQUIRE(high == low + page_size);
    frames.free(low, 0);
    frames.free(high, 0);  // grows together with `low` up to the whole 4 MiB
    REQUIRE(frames.stats().free_blocks[mm::max_order] == 1);
    machine.ram.at(high)[3] = std::byte{0};  // where its list entry would have been
    CHECK(reported([&] { (void)frames.allocate(mm::max_order); }).find("written after") != std::string::npos);
}
