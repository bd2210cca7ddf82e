// SPDX-License-Identifier: MIT
//
// Buffers for devices: where they lie, what is told to the caches for which bytes, and which parts are refused.

#include "fake_ram.hpp"

#include <arch/cache.hpp>
#include <doctest/doctest.h>
#include <mm/dma_buffer.hpp>

#include <array>
#include <utility>

using namespace quartet;
using fakes::FakeFrames;
using mm::DmaBuffer;
using mm::DmaPartError;
using mm::Reach;
using Kind = arch::CacheOperation::Kind;
using Operations = std::vector<arch::CacheOperation>;

namespace {

Operations taken() { return std::exchange(arch::sim_cache_operations, {}); }

std::string in_words(const DmaPartError& error) {
    std::array<char, 160> room{};
    return std::string{error.words(room)};
}

// RAM on both sides of 1 GiB, in one bank.
struct Straddling {
    static constexpr usize half = 8_MiB;
    Straddling() {
        if (!frames.add_bank(ram.range(), own.bump)) throw std::bad_alloc{};
        if (!frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.range())) throw std::bad_alloc{};
    }
    fakes::FakeRam ram{PhysAddr{1_GiB - half}, 2 * half};
    fakes::OwnBump own;
    mm::FrameAllocator frames;
};

static_assert(!std::is_copy_constructible_v<DmaBuffer> && !std::is_copy_assignable_v<DmaBuffer>);

}  // namespace

TEST_CASE("DMA01 a buffer is contiguous frames that hold it, in whole cache lines at both ends") {
    FakeFrames machine{16_MiB};
    const auto before = machine.frames.stats();
    for (usize bytes : {usize{1}, usize{63}, usize{64}, usize{65}, usize{4096}, usize{4097}, usize{100'000}, 4_MiB}) {
        auto buffer = DmaBuffer::allocate(bytes, Reach::Any, machine.frames);
        REQUIRE(buffer);
        CHECK(buffer->size() >= bytes);
        CHECK(buffer->size() < bytes + DmaBuffer::line);
        CHECK(buffer->size() % DmaBuffer::line == 0);
        CHECK(reinterpret_cast<uptr>(buffer->data()) % DmaBuffer::line == 0);
        CHECK(buffer->physical().value() % DmaBuffer::line == 0);
        CHECK(buffer->data() == machine.ram.at(buffer->physical()));
        CHECK(buffer->bytes().size() == buffer->size());
        CHECK(machine.ram.range().contains(PhysRange{buffer->physical(), buffer->physical() + buffer->size()}));
        for (std::byte& each : buffer->bytes()) each = std::byte{1};
    }
    CHECK(machine.frames.stats().free_blocks == before.free_blocks);
    (void)taken();
}

TEST_CASE("DMA01 no bytes, too many, and none left are refused, each by its error") {
    FakeFrames machine{8_MiB};
    CHECK(DmaBuffer::allocate(0, Reach::Any, machine.frames).error() == Error::Invalid);
    for (usize bytes : {4_MiB + 1, usize{1} << 40, SIZE_MAX - 62, SIZE_MAX}) {
        CHECK(DmaBuffer::allocate(bytes, Reach::Any, machine.frames).error() == Error::NoMemory);
    }
    {
        auto one = DmaBuffer::allocate(4_MiB, Reach::Any, machine.frames);
        auto two = DmaBuffer::allocate(4_MiB, Reach::Any, machine.frames);
        REQUIRE((one && two));
        CHECK(DmaBuffer::allocate(1, Reach::Any, machine.frames).error() == Error::NoMemory);
    }
    CHECK(DmaBuffer::allocate(1, Reach::Any, machine.frames).has_value());
    (void)taken();
}

TEST_CASE("DMA01 a buffer has one owner, and its frames go back once") {
    FakeFrames machine{8_MiB};
    const auto before = machine.frames.stats();
    auto one = *DmaBuffer::allocate(5000, Reach::Any, machine.frames);
    auto two = *DmaBuffer::allocate(64, Reach::Any, machine.frames);
    const PhysAddr place = one.physical();
    DmaBuffer moved = std::move(one);
    CHECK(one.empty());
    CHECK(moved.physical() == place);
    two = std::move(moved);
    CHECK(two.physical() == place);
    CHECK(machine.frames.stats().free_frames == before.free_frames - 2);
    auto& same = two;
    two = std::move(same);
    CHECK(two.size() == 5056);
    two.reset();
    two.reset();
    CHECK(two.empty());
    CHECK(machine.frames.stats().free_blocks == before.free_blocks);
    (void)taken();
}

TEST_CASE("DMA02 a new buffer has no dirty line that could be written over what a device writes") {
    FakeFrames machine{8_MiB};
    (void)taken();
    auto buffer = *DmaBuffer::allocate(1000, Reach::Any, machine.frames);
    CHECK(taken() == Operations{{Kind::CleanInvalidate, buffer.data(), 1024}});
}

TEST_CASE("DMA02 each change of hands tells the caches its own operation, for the whole or for a part") {
    FakeFrames machine{8_MiB};
    auto buffer = *DmaBuffer::allocate(1000, Reach::Any, machine.frames);
    (void)taken();
    buffer.clean();
    buffer.invalidate();
    buffer.clean_and_invalidate();
    CHECK(taken() == Operations{{Kind::Clean, buffer.data(), 1024},
                                {Kind::Invalidate, buffer.data(), 1024},
                                {Kind::CleanInvalidate, buffer.data(), 1024}});
    CHECK(buffer.clean(64, 128).has_value());
    CHECK(buffer.invalidate(960, 64).has_value());
    CHECK(buffer.clean_and_invalidate(0, 1024).has_value());
    CHECK(taken() == Operations{{Kind::Clean, buffer.data() + 64, 128},
                                {Kind::Invalidate, buffer.data() + 960, 64},
                                {Kind::CleanInvalidate, buffer.data(), 1024}});
}

TEST_CASE(
    "DMA03 a part that is not whole lines, or leaves the buffer, touches nothing and is told what would be right") {
    FakeFrames machine{8_MiB};
    auto buffer = *DmaBuffer::allocate(1000, Reach::Any, machine.frames);
    (void)taken();
    struct Case {
        usize offset, size;
        usize right_offset, right_size;
    };
    for (const Case& c : {Case{1, 64, 0, 128}, Case{0, 1, 0, 64}, Case{63, 1, 0, 64}, Case{63, 2, 0, 128},
                          Case{64, 65, 64, 128}, Case{100, 200, 64, 256}, Case{960, 128, 960, 64},
                          Case{1023, 1, 960, 64}, Case{0, 1025, 0, 1024}, Case{1024, 64, 1024, 0},
                          Case{5000, 64, 1024, 0}, Case{64, SIZE_MAX, 64, 960}, Case{SIZE_MAX - 63, 128, 1024, 0}}) {
        const DmaPartError right{c.offset, c.size, c.right_offset, c.right_size, 1024};
        for (auto status : {buffer.clean(c.offset, c.size), buffer.invalidate(c.offset, c.size),
                            buffer.clean_and_invalidate(c.offset, c.size)}) {
            REQUIRE_FALSE(status);
            CHECK(status.error() == right);
        }
    }
    CHECK(taken().empty());
    CHECK(in_words(buffer.clean(100, 200).error()) ==
          "200 bytes at 100 are not whole cache lines of 64: right would be 256 bytes at 64");
    CHECK(in_words(buffer.clean(960, 128).error()) ==
          "128 bytes at 960 leave a buffer of 1024: right would be 64 bytes at 960");
    CHECK(in_words(buffer.clean(2048, 64).error()) == "64 bytes at 2048 begin behind a buffer of 1024");
    // Handed on by TRY it is what all other errors are.
    auto hand_on = [&]() -> Status {
        TRY(buffer.clean(1, 1));
        return {};
    };
    CHECK(hand_on() == fail(Error::Invalid));
}

TEST_CASE("DMA04 a buffer for masters of 30 bits lies below 1 GiB, and they see it at their own address") {
    Straddling machine;
    auto low = *DmaBuffer::allocate(10'000, Reach::Low, machine.frames);
    CHECK(low.physical().value() + low.size() <= 1_GiB);
    CHECK(low.bus_address() == Result<u32>{static_cast<u32>(low.physical().value() + 0xc000'0000)});
    // All other memory is used up first.
    auto other = *DmaBuffer::allocate(10'000, Reach::Any, machine.frames);
    CHECK(other.physical().value() >= 1_GiB);
    CHECK(other.bus_address() == Result<u32>{fail(Error::Unsupported)});
    CHECK(DmaBuffer{}.bus_address() == Result<u32>{fail(Error::Unsupported)});
    {
        // A part of one whole block is used: one is left of each half.
        auto next = DmaBuffer::allocate(4_MiB, Reach::Low, machine.frames);
        REQUIRE(next);
        CHECK(next->physical().value() + 4_MiB <= 1_GiB);
        CHECK(DmaBuffer::allocate(4_MiB, Reach::Low, machine.frames).error() == Error::NoMemory);
        CHECK(DmaBuffer::allocate(4_MiB, Reach::Any, machine.frames).has_value());
    }
    (void)taken();
}

TEST_CASE("DMA04 without memory below 1 GiB none is given that lies higher") {
    FakeFrames machine{8_MiB, PhysAddr{2_GiB}};
    CHECK(DmaBuffer::allocate(64, Reach::Low, machine.frames).error() == Error::NoMemory);
    CHECK(DmaBuffer::allocate(64, Reach::Any, machine.frames).has_value());
    (void)taken();
}

TEST_CASE("DMA05 a machine whose caches write back more than a line at once is not trusted with buffers") {
    FakeFrames machine{8_MiB};
    arch::sim_write_back_granule = 128;
    CHECK(fakes::reported([&] {
              (void)DmaBuffer::allocate(64, Reach::Any, machine.frames);
          }).find("writes back more") != std::string::npos);
    arch::sim_write_back_granule = 64;
    CHECK(DmaBuffer::allocate(64, Reach::Any, machine.frames).has_value());
    (void)taken();
}
