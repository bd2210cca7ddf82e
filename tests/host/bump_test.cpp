// SPDX-License-Identifier: MIT
//
// The bump allocator against its contract: alignment, exact fit, nothing given twice.

#include <doctest/doctest.h>
#include <mm/bump.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

using namespace quartet;

namespace {

struct Arena {
    explicit Arena(usize size) : memory{static_cast<std::byte*>(std::aligned_alloc(64_KiB, align_up(size, 64_KiB)))} {
        bump.give(Unsafe{"the test's own memory"}, {memory.get(), size});
    }
    struct Free {
        void operator()(std::byte* memory) const { std::free(memory); }
    };
    std::unique_ptr<std::byte, Free> memory;
    mm::Bump bump;
};

struct Block {
    uptr begin;
    usize size;
};

}  // namespace

TEST_CASE("BMP01 every alignment is honoured for every size, and no two blocks overlap") {
    Arena arena{96_MiB};
    std::vector<Block> blocks;
    for (usize align = 1; align <= 64_KiB; align *= 2) {
        for (usize size = 0; size <= 4097; size += align >= 4_KiB ? 127u : 13u) {
            auto got = arena.bump.allocate(size, align);
            REQUIRE(got);
            const uptr begin = reinterpret_cast<uptr>(*got);
            CHECK(begin % align == 0);
            blocks.push_back({begin, std::max<usize>(size, 1)});
        }
    }
    std::ranges::sort(blocks, {}, &Block::begin);
    for (usize i = 1; i < blocks.size(); ++i) CHECK(blocks[i - 1].begin + blocks[i - 1].size <= blocks[i].begin);
    CHECK(arena.bump.report().count == blocks.size());
}

TEST_CASE("BMP01 size 0 is an address of its own, and an alignment that is no power of two is refused") {
    Arena arena{4_KiB};
    auto first = arena.bump.allocate(0, 1);
    auto second = arena.bump.allocate(0, 1);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(*first != *second);
    for (usize align : {0u, 3u, 12u, 4095u}) CHECK(arena.bump.allocate(8, align) == fail(Error::Invalid));
    CHECK(arena.bump.report().used == 2);
}

TEST_CASE("BMP02 what does not fit fails without moving the mark; an exact fit works") {
    Arena arena{8_KiB};
    REQUIRE(arena.bump.allocate(100, 4));
    const usize remaining = arena.bump.report().remaining;
    for (usize size : {remaining + 1, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 4096, SIZE_MAX / 2}) {
        for (usize align : {usize{1}, usize{4}, usize{4096}, usize{1} << 63}) {
            CHECK(arena.bump.allocate(size, align) == fail(Error::NoMemory));
            CHECK(arena.bump.report().remaining == remaining);
            CHECK(arena.bump.report().count == 1);
        }
    }
    CHECK(arena.bump.allocate(8_KiB - 100, 8_KiB) == fail(Error::NoMemory));
    CHECK(arena.bump.report().remaining == remaining);
    REQUIRE(arena.bump.allocate(remaining, 1));
    CHECK(arena.bump.report().remaining == 0);
    CHECK(arena.bump.allocate(0, 1) == fail(Error::NoMemory));
}

TEST_CASE("BMP02 nothing can be had before a range was given") {
    mm::Bump bump;
    CHECK(bump.allocate(1, 1) == fail(Error::NoMemory));
    CHECK_FALSE(bump.owns(&bump));
}

TEST_CASE("BMP02 four threads never get the same byte, and together exactly all of it") {
    constexpr usize each = 24;
    constexpr usize blocks = 40'000;
    Arena arena{each * blocks};
    std::vector<std::vector<void*>> got(4);
    std::vector<std::thread> threads;
    for (auto& mine : got) {
        threads.emplace_back([&arena, &mine] {
            while (auto block = arena.bump.allocate(each, 8)) mine.push_back(*block);
        });
    }
    for (auto& thread : threads) thread.join();
    std::vector<void*> all;
    for (auto& mine : got) all.insert(all.end(), mine.begin(), mine.end());
    std::ranges::sort(all);
    CHECK(all.size() == blocks);
    CHECK(std::ranges::adjacent_find(all) == all.end());
    CHECK(arena.bump.report().count == blocks);
}

TEST_CASE("BMP03 close hands over the whole pages behind the mark, once, and ends allocation") {
    Arena arena{64_KiB};
    REQUIRE(arena.bump.allocate(4_KiB + 1, 1));
    const auto tail = arena.bump.close();
    CHECK(tail.data() == arena.memory.get() + 8_KiB);
    CHECK(tail.size() == 56_KiB);
    CHECK(arena.bump.owns(arena.memory.get()));
    CHECK(arena.bump.owns(arena.memory.get() + 8_KiB - 1));
    CHECK_FALSE(arena.bump.owns(arena.memory.get() + 8_KiB));
    CHECK_FALSE(arena.bump.owns(arena.memory.get() - 1));
    CHECK(arena.bump.allocate(1, 1) == fail(Error::NoMemory));
    CHECK(arena.bump.close().empty());
    CHECK(arena.bump.report().used == 8_KiB);
}
