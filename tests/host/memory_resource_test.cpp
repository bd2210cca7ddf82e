// SPDX-License-Identifier: MIT
//
// Memory resources: one over a buffer, alone and with another one behind it.

#include "fake_heap.hpp"

#include <doctest/doctest.h>
#include <mm/monotonic_resource.hpp>
#include <mm/named_cache.hpp>

#include <array>
#include <cstring>

using namespace quartet;
using fakes::FakeHeap;
using fakes::reported;

namespace {

uptr address(const void* pointer) { return reinterpret_cast<uptr>(pointer); }

// Says how often it was asked, and has to get back what it gave.
class Watched final : public mm::MemoryResource {
public:
    explicit Watched(mm::MemoryResource& source) : source_(source) {}
    int out = 0;
    bool empty = false;

private:
    void* do_allocate(usize bytes, usize align) override {
        if (empty) return nullptr;
        ++out;
        return source_.allocate(bytes, align);
    }
    void do_deallocate(void* memory, usize bytes, usize align) override {
        --out;
        source_.deallocate(memory, bytes, align);
    }
    mm::MemoryResource& source_;
};

struct Packet {
    explicit Packet(int& count) : alive(count) { ++alive; }
    ~Packet() { --alive; }
    int& alive;
    u64 words[8] = {};
};

}  // namespace

TEST_CASE("RES01 a monotonic resource hands its buffer out from front to back, aligned, to the last byte") {
    alignas(64) std::array<std::byte, 256> buffer{};
    mm::MonotonicResource memory{buffer};
    CHECK(memory.allocate(1, 1) == buffer.data());
    CHECK(memory.allocate(8, 8) == buffer.data() + 8);
    CHECK(memory.allocate(16) == buffer.data() + 16);
    CHECK(memory.allocate(1, 64) == buffer.data() + 64);
    // Nothing of no size: each has an address of its own.
    void* none = memory.allocate(0, 1);
    CHECK(none == buffer.data() + 65);
    CHECK(memory.allocate(0, 1) != none);
    CHECK(memory.remaining() == 189);
    CHECK(memory.allocate(190, 1) == nullptr);
    CHECK(memory.allocate(189, 1) == buffer.data() + 67);
    CHECK(memory.remaining() == 0);
    CHECK(memory.allocate(1, 1) == nullptr);
    CHECK(memory.allocate(0, 1) == nullptr);
    memory.deallocate(none, 0, 1);
    CHECK(memory.remaining() == 0);
    memory.release();
    CHECK(memory.allocate(256, 1) == buffer.data());
}

TEST_CASE("RES01 numbers that wrap are refused, and change nothing") {
    // 63 bytes before a multiple of 64.
    alignas(64) std::array<std::byte, 128> room{};
    mm::MonotonicResource memory{std::span{room}.subspan(1, 64)};
    for (usize bytes : {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 64, usize{1} << 63}) {
        CHECK(memory.allocate(bytes, 1) == nullptr);
        CHECK(memory.allocate(bytes, 64) == nullptr);
    }
    CHECK(memory.allocate(1, usize{1} << 63) == nullptr);
    CHECK(memory.remaining() == 64);
    mm::MonotonicResource nothing{{}};
    CHECK(nothing.allocate(1, 1) == nullptr);
}

TEST_CASE("RES01 an alignment that is no power of two is named") {
    std::array<std::byte, 64> buffer{};
    mm::MonotonicResource memory{buffer};
    for (usize align : {usize{0}, usize{3}, usize{48}}) {
        CHECK(reported([&] { (void)memory.allocate(8, align); }).find("an alignment is a power of two") !=
              std::string::npos);
    }
}

TEST_CASE("RES02 behind a full buffer another resource gives, and has all of it back at release") {
    FakeHeap machine;
    std::array<std::byte, 64> buffer{};
    Watched source{machine.heap.memory()};
    {
        mm::MonotonicResource memory{buffer, &source};
        std::vector<std::pair<u8*, usize>> blocks;
        for (usize size : {usize{40}, usize{40}, usize{1}, usize{700}, usize{5000}, usize{24}}) {
            for (usize align : {usize{1}, usize{16}, usize{256}}) {
                auto* block = static_cast<u8*>(memory.allocate(size, align));
                REQUIRE(block != nullptr);
                CHECK(address(block) % align == 0);
                std::memset(block, static_cast<int>(blocks.size() + 1), size);
                blocks.push_back({block, size});
            }
        }
        CHECK(source.out > 10);
        for (usize n = 0; n < blocks.size(); ++n) {
            auto [block, size] = blocks[n];
            CHECK(std::all_of(block, block + size, [n](u8 each) { return each == n + 1; }));
        }
        CHECK(memory.allocate(SIZE_MAX - 8, 1) == nullptr);
        source.empty = true;
        CHECK(memory.allocate(64, 1) == nullptr);
        source.empty = false;
        memory.release();
        CHECK(source.out == 0);
        CHECK(memory.allocate(100) != nullptr);
    }
    CHECK(source.out == 0);
    CHECK(machine.whole());
}

TEST_CASE("RES03 resources are equal to themselves, and a null pointer may be given back to any") {
    FakeHeap machine;
    std::array<std::byte, 64> buffer{};
    mm::MonotonicResource one{buffer};
    Watched two{machine.heap.memory()};
    CHECK(one == one);
    CHECK_FALSE(one == two);
    CHECK(one.is_equal(one));
    two.deallocate(nullptr, 8);
    CHECK(two.out == 0);
}

TEST_CASE("SLB08 a cache of a type makes and destroys its objects under its name, and is destroyed after the last") {
    FakeHeap machine;
    int alive = 0;
    mm::NamedCache<Packet> packets{"packet", machine.frames};
    {
        auto one = packets.make(alive);
        auto two = packets.make(alive);
        REQUIRE((one && two));
        CHECK(alive == 2);
        CHECK(packets.stats().live == 2);
        CHECK(packets.stats().object_size == sizeof(Packet));
        bool listed = false;
        for (u32 slot = 1; slot < mm::magazine_slots; ++slot) {
            const auto stats = mm::cache_stats(slot);
            listed |= stats && stats->name == std::string_view{"packet"} && stats->live == 2;
        }
        CHECK(listed);
        CHECK(packets.destroy() == fail(Error::Busy));
        CHECK(machine.noticed("cache packet is not destroyed: 2 objects are live"));
        Packet* kept = one->release();
        CHECK_FALSE(*one);
        two->reset();
        CHECK(alive == 1);
        packets.destroy(kept);
        CHECK(alive == 0);
    }
    CHECK(packets.destroy().has_value());
    CHECK(machine.frames.stats().free_blocks == machine.before.free_blocks);
}

TEST_CASE("SLB08 a cache of no size, of one too large, or of an alignment that is none names the rule") {
    FakeHeap machine;
    for (usize size : {usize{0}, usize{2049}, SIZE_MAX}) {
        const auto said = reported([&] { mm::Cache cache{"wrong", size, 16, machine.frames}; });
        CHECK(said.find("1 to 2048 bytes") != std::string::npos);
    }
    for (usize align : {usize{0}, usize{24}, usize{4096}}) {
        const auto said = reported([&] { mm::Cache cache{"wrong", 64, align, machine.frames}; });
        CHECK(said.find("a power of two") != std::string::npos);
    }
}
