// SPDX-License-Identifier: MIT
//
// Guarded stacks over a fake page table: guards stay unmapped, frames come back, addresses tell their stack.

#include "../fakes/check_failed.hpp"
#include "fake_ram.hpp"

#include <doctest/doctest.h>
#include <mm/stack.hpp>

#include <map>
#include <string>

using namespace quartet;
using fakes::FakeFrames;

namespace {

constexpr uptr window = 0xffff'ffd0'0000'0000;

// The page table: one entry a page. Refuses when `room` runs out, as a real one without memory for tables does.
struct FakeTable {
    static inline std::map<uptr, PhysAddr> pages;
    static inline usize room = SIZE_MAX;

    static Status map(uptr va, PhysAddr pa, usize size) {
        if (pages.size() + size / page_size > room) return fail(Error::NoMemory);
        for (usize at = 0; at < size; at += page_size) REQUIRE(pages.insert({va + at, pa + at}).second);
        return {};
    }
    static void unmap(uptr va, usize size) {
        for (usize at = 0; at < size; at += page_size) REQUIRE(pages.erase(va + at) == 1);
    }
    static PhysAddr physical(uptr va) { return pages.at(va); }

    FakeTable() {
        pages.clear();
        room = SIZE_MAX;
    }
    static bool mapped(uptr va) { return pages.count(align_down(va, page_size)) != 0; }
    mm::StackMapping mapping{map, unmap, physical, mapped};
};

template <typename Act>
std::string refused(Act&& act) {
    try {
        act();
    } catch (const fakes::CheckFailed& failed) {
        return failed.what();
    }
    return {};
}

uptr begin_of(std::span<std::byte> stack) { return reinterpret_cast<uptr>(stack.data()); }

}  // namespace

TEST_CASE("SCH11 every stack is mapped whole, with 64 KiB unmapped on both sides") {
    FakeFrames machine{32_MiB};
    FakeTable table;
    mm::Stacks::Taken taken;
    mm::Stacks stacks{machine.frames, table.mapping, window, taken};
    std::vector<std::span<std::byte>> all;
    for (usize size : {4_KiB, 16_KiB, 16_KiB, 20_KiB, 64_KiB, 100_KiB, 960_KiB, usize{1}, usize{5000}}) {
        auto stack = stacks.allocate(size);
        REQUIRE(stack);
        CHECK(stack->size() == align_up(size, page_size));
        all.push_back(*stack);
    }
    usize pages = 0;
    for (auto stack : all) {
        const uptr begin = begin_of(stack);
        for (usize at = 0; at < stack.size(); at += page_size) CHECK(FakeTable::mapped(begin + at));
        for (usize at = 1; at <= mm::stack_guard; at += page_size - 1) {
            CHECK_FALSE(FakeTable::mapped(begin - at));
            CHECK_FALSE(FakeTable::mapped(begin + stack.size() - 1 + at));
        }
        pages += stack.size() / page_size;
    }
    CHECK(FakeTable::pages.size() == pages);
    CHECK(stacks.allocate(961_KiB) == fail(Error::Invalid));
    CHECK(stacks.allocate(0) == fail(Error::Invalid));
    CHECK(stacks.allocate(SIZE_MAX) == fail(Error::Invalid));
}

TEST_CASE("SCH11 the address of a guard tells which stack it belongs to") {
    FakeFrames machine{8_MiB};
    FakeTable table;
    mm::Stacks::Taken taken;
    mm::Stacks stacks{machine.frames, table.mapping, window, taken};
    for (usize size : {16_KiB, 64_KiB, 512_KiB}) {
        const auto stack = *stacks.allocate(size);
        const uptr begin = begin_of(stack);
        for (uptr address : {begin - 1, begin - 8, begin - mm::stack_guard}) {
            REQUIRE(stacks.describe(address));
            CHECK(stacks.describe(address)->guard);
            CHECK(stacks.describe(address)->stack == begin);
        }
        for (uptr address : {begin, begin + size - 1}) {
            CHECK_FALSE(stacks.describe(address)->guard);
            CHECK(stacks.describe(address)->stack == begin);
        }
    }
    CHECK_FALSE(stacks.describe(window - 1));
    CHECK_FALSE(stacks.describe(window + mm::Stacks::window_bytes));
    CHECK_FALSE(stacks.describe(0));
}

TEST_CASE("SCH11 stacks of the usual size are kept mapped for reuse, all others come back whole") {
    FakeFrames machine{16_MiB};
    FakeTable table;
    mm::Stacks::Taken taken;
    mm::Stacks stacks{machine.frames, table.mapping, window, taken};
    const auto before = machine.frames.stats();
    for (usize size : {4_KiB, 28_KiB, 64_KiB, 200_KiB}) {
        const auto stack = *stacks.allocate(size);
        stacks.free(stack);
        CHECK(stacks.count() == 0);
        CHECK(machine.frames.stats().free_blocks == before.free_blocks);
        CHECK(FakeTable::pages.empty());
        CHECK(begin_of(*stacks.allocate(size)) == begin_of(stack));
        stacks.free(stack);
    }
    const auto usual = *stacks.allocate(16_KiB);
    stacks.free(usual);
    CHECK(FakeTable::pages.size() == 4);
    CHECK(begin_of(*stacks.allocate(16_KiB)) == begin_of(usual));
    stacks.free(usual);
}

TEST_CASE("SCH11 a stack that is freed twice is refused, kept or given back, and nobody gets it twice") {
    FakeFrames machine{16_MiB};
    FakeTable table;
    mm::Stacks::Taken taken;
    mm::Stacks stacks{machine.frames, table.mapping, window, taken};
    for (usize size : {4_KiB, 16_KiB, 64_KiB, 200_KiB}) {
        const auto stack = *stacks.allocate(size);
        stacks.free(stack);
        CHECK(refused([&] { stacks.free(stack); }).find("a stack is freed once") != std::string::npos);
        const auto one = *stacks.allocate(size);
        const auto two = *stacks.allocate(size);
        CHECK(begin_of(one) != begin_of(two));
        stacks.free(one);
        stacks.free(two);
        CHECK(refused([&] { stacks.free(one); }).find("a stack is freed once") != std::string::npos);
    }
    // More of the usual size than are kept: those that were given back are known as well.
    std::vector<std::span<std::byte>> all;
    for (int n = 0; n < 24; ++n) all.push_back(*stacks.allocate(mm::Stacks::usual_size));
    for (auto stack : all) stacks.free(stack);
    for (auto stack : all) CHECK(!refused([&] { stacks.free(stack); }).empty());
}

TEST_CASE("SCH11 a stack that is freed with another size is refused") {
    FakeFrames machine{16_MiB};
    FakeTable table;
    mm::Stacks::Taken taken;
    mm::Stacks stacks{machine.frames, table.mapping, window, taken};
    for (usize size : {4_KiB, 16_KiB, 20_KiB, 64_KiB, 200_KiB, 960_KiB}) {
        const auto stack = *stacks.allocate(size);
        const auto neighbour = *stacks.allocate(size);
        for (usize wrong : {usize{0}, size - page_size, size + page_size, size * 2, size / 2, size + 128_KiB}) {
            if (wrong == size) continue;
            const std::string report = refused([&] { stacks.free({stack.data(), wrong}); });
            CHECK(report.find("with the size that it was allocated with") != std::string::npos);
        }
        stacks.free(stack);
        stacks.free(neighbour);
    }
}

TEST_CASE("BUD06 a stack that cannot be had, for want of frames or tables, leaves nothing behind") {
    FakeFrames machine{4_MiB};
    FakeTable table;
    mm::Stacks::Taken taken;
    mm::Stacks stacks{machine.frames, table.mapping, window, taken};
    const auto before = machine.frames.stats();
    for (usize room = 0; room < 7; ++room) {
        FakeTable::room = room;
        CHECK(stacks.allocate(28_KiB) == fail(Error::NoMemory));
        CHECK(FakeTable::pages.empty());
        CHECK(stacks.count() == 0);
        CHECK(machine.frames.stats().free_blocks == before.free_blocks);
    }
    FakeTable::room = SIZE_MAX;
    std::vector<std::span<std::byte>> all;
    while (auto stack = stacks.allocate(28_KiB)) all.push_back(*stack);
    CHECK(machine.frames.stats().free_frames < 7);
    CHECK(stacks.count() == all.size());
    for (auto stack : all) stacks.free(stack);
    CHECK(machine.frames.stats().free_blocks == before.free_blocks);
    CHECK(FakeTable::pages.empty());
}
