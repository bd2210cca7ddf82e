// SPDX-License-Identifier: MIT
//
// The heap: its two stages, every size, running out, and long random use on four cores.

#include "../fakes/check_failed.hpp"
#include "../fakes/effort.hpp"
#include "fake_heap.hpp"

#include <arch/handler.hpp>
#include <mm/dma_buffer.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <map>

using namespace quartet;
using fakes::as_core;
using fakes::FakeHeap;

namespace {

uptr address(const void* pointer) { return reinterpret_cast<uptr>(pointer); }

}  // namespace

TEST_CASE("SLB01 every size around a class or a block: aligned, as large as asked for, apart") {
    FakeHeap machine{64_MiB};
    std::map<uptr, usize> blocks;
    std::vector<usize> sizes{0, 1, 2, 15};
    for (usize size : mm::size_classes) sizes.insert(sizes.end(), {size - 1u, usize{size}, size + 1u});
    for (usize size = 4096; size <= 4_MiB; size *= 2) sizes.insert(sizes.end(), {size - 1, size, size + 1});
    for (usize size : sizes) {
        auto got = machine.heap.allocate(size);
        if (size > 4_MiB) {
            CHECK(got == fail(Error::NoMemory));
            continue;
        }
        REQUIRE(got);
        CHECK(address(*got) % mm::heap_align == 0);
        CHECK(machine.heap.usable_size(*got) >= size);
        blocks[address(*got)] = size;
        std::memset(*got, 0x5a, size);
    }
    uptr end = 0;
    for (auto [begin, size] : blocks) {
        CHECK(begin >= end);
        end = begin + size;
    }
    for (auto [begin, size] : blocks) machine.heap.free_sized(reinterpret_cast<void*>(begin), size);
    CHECK(machine.whole());
}

TEST_CASE("SLB01 every alignment up to 64 KiB is honoured, with and without the size on free") {
    FakeHeap machine;
    for (usize align = 1; align <= 64_KiB; align *= 2) {
        for (usize size : {usize{0}, usize{1}, usize{33}, usize{100}, usize{2048}, usize{5000}}) {
            void* one = *machine.heap.allocate(size, align);
            void* two = *machine.heap.allocate(size, align);
            CHECK(address(one) % align == 0);
            CHECK(address(two) % align == 0);
            machine.heap.free_sized(one, size, align);
            machine.heap.free(two);
        }
    }
    for (usize align : {usize{0}, usize{3}, usize{24}, usize{48}}) {
        CHECK(machine.heap.allocate(8, align) == fail(Error::Invalid));
    }
    CHECK(machine.heap.allocate(SIZE_MAX) == fail(Error::NoMemory));
    CHECK(machine.heap.allocate(SIZE_MAX - 15) == fail(Error::NoMemory));
    CHECK(machine.heap.allocate(16, usize{1} << 63) == fail(Error::NoMemory));
    CHECK(machine.whole());
}

TEST_CASE("SLB07 a handler that allocates or frees is stopped") {
    FakeHeap machine;
    void* small = *machine.heap.allocate(48);
    void* large = *machine.heap.allocate(64_KiB);
    auto buffer = mm::DmaBuffer::allocate(4096, mm::Reach::Any, machine.frames);
    REQUIRE(buffer);
    arch::default_in_handler = true;
    CHECK_THROWS_AS(static_cast<void>(machine.heap.allocate(48)), fakes::CheckFailed);
    CHECK_THROWS_AS(static_cast<void>(machine.heap.allocate(64_KiB)), fakes::CheckFailed);
    CHECK_THROWS_AS(machine.heap.free(small), fakes::CheckFailed);
    CHECK_THROWS_AS(machine.heap.free_sized(small, 48), fakes::CheckFailed);
    CHECK_THROWS_AS(machine.heap.free(large), fakes::CheckFailed);
    CHECK_THROWS_AS(static_cast<void>(mm::DmaBuffer::allocate(4096, mm::Reach::Any, machine.frames)),
                    fakes::CheckFailed);
    CHECK_THROWS_AS(buffer->reset(), fakes::CheckFailed);
    arch::default_in_handler = false;
    machine.heap.free(small);
    machine.heap.free(large);
    buffer->reset();
    CHECK(machine.whole());
}

TEST_CASE("SLB06 null may be freed") {
    FakeHeap machine;
    machine.heap.free(nullptr);
    machine.heap.free_sized(nullptr, 64);
    CHECK(machine.whole());
}

TEST_CASE("SLB06 what the bump stage gave stays valid after the switch, and freeing it does nothing") {
    fakes::FakeFrames machine{8_MiB};
    mm::Heap heap{machine.own.bump, machine.frames};
    mm::enter_core(0);
    const auto before = machine.frames.stats();
    mm::MemoryResource& first = heap.memory();
    CHECK_FALSE(heap.started());
    auto* small = static_cast<std::byte*>(*heap.allocate(40));
    void* large = *heap.allocate(5000, 256);
    void* through = first.allocate(24, 64);
    CHECK(heap.is_boot_memory(small));
    CHECK(heap.is_boot_memory(large));
    CHECK(address(large) % 256 == 0);
    CHECK(address(through) % 64 == 0);
    CHECK(heap.allocate(1_MiB) == fail(Error::NoMemory));
    CHECK(machine.frames.stats().free_blocks == before.free_blocks);
    small[39] = std::byte{42};

    heap.start();
    CHECK(heap.memory() != first);
    CHECK(heap.memory() == heap.memory());
    void* later = heap.memory().allocate(40);
    CHECK_FALSE(heap.is_boot_memory(later));
    heap.free(small);
    heap.free_sized(large, 5000, 256);
    first.deallocate(through, 24, 64);
    for (int i = 0; i < 200; ++i) CHECK_FALSE(heap.is_boot_memory(*heap.allocate(40)));
    CHECK(small[39] == std::byte{42});
}

TEST_CASE("BUD06 whichever allocation is the first to fail, the caller learns it and nothing is lost") {
    // With each number of frames the memory ends at another place of the same work.
    for (usize frames = 0; frames < 60; ++frames) {
        FakeHeap machine{4_MiB};
        std::vector<PhysAddr> kept;
        while (machine.frames.stats().free_frames > frames) kept.push_back(*machine.frames.allocate(0));
        const auto before = machine.frames.stats();
        mm::Cache cache{"named", 300, 16, machine.frames};
        std::vector<std::pair<void*, usize>> live;
        std::vector<void*> objects;
        u32 failures = 0;
        std::mt19937 random{static_cast<u32>(frames)};
        for (int i = 0; i < 150; ++i) {
            const usize size = random() % 3000;
            if (auto got = machine.heap.allocate(size)) {
                std::memset(*got, i, size);
                live.push_back({*got, size});
            } else {
                CHECK(got == fail(Error::NoMemory));
                ++failures;
            }
            if (auto object = cache.allocate()) objects.push_back(*object);
            else ++failures;
        }
        CHECK(failures > 0);
        for (auto [memory, size] : live) machine.heap.free_sized(memory, size);
        for (void* object : objects) cache.free(object);
        REQUIRE(cache.destroy());
        REQUIRE(machine.heap.destroy());
        CHECK(machine.frames.stats().free_blocks == before.free_blocks);
        for (PhysAddr frame : kept) machine.frames.free(frame, 0);
    }
}

TEST_CASE("SLB01 random use on four cores agrees with a list of what is live, to the byte") {
    FakeHeap machine{64_MiB};
    struct Live {
        u8* memory;
        usize size;
        usize align;
        u8 stamp;
    };
    std::vector<Live> live;
    std::mt19937_64 random{7};
    auto intact = [](const Live& block) {
        for (usize i = 0; i < block.size; ++i) {
            if (block.memory[i] != block.stamp) return false;
        }
        return true;
    };
    for (u64 n : fakes::Rounds{"SLB01 a list of what is live", 10'000'000}) {
        as_core(static_cast<u32>(random() % 4), [&] {
            if (live.empty() || random() % 100 < ((n / 2000) % 2 == 0 ? 60u : 40u)) {
                const usize size = random() % 10 == 0 ? random() % 20'000 : random() % 600;
                const usize align = usize{1} << (random() % 8);
                auto got = machine.heap.allocate(size, align);
                REQUIRE(got);
                REQUIRE(address(*got) % align == 0);
                const u8 stamp = static_cast<u8>(random());
                std::memset(*got, stamp, size);
                live.push_back({static_cast<u8*>(*got), size, align, stamp});
            } else {
                std::swap(live[random() % live.size()], live.back());
                REQUIRE(intact(live.back()));
                if (random() % 2 == 0) machine.heap.free(live.back().memory);
                else machine.heap.free_sized(live.back().memory, live.back().size, live.back().align);
                live.pop_back();
            }
        });
    }
    CHECK(machine.heap.check() == 0);
    for (const Live& block : live) {
        CHECK(intact(block));
        machine.heap.free(block.memory);
    }
    CHECK(machine.whole());
}
