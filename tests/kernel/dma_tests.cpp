// SPDX-License-Identifier: MIT
//
// Buffers for devices on the machine itself: the operations on its caches run on every core, and lose nothing that they must
// not lose. What a device sees is not to be seen in an emulator without caches: arch/cache.hpp argues it.

#include "threads.hpp"

#include <arch/cache.hpp>
#include <mm/dma_buffer.hpp>

using namespace quartet;
using namespace quartet::selftest_detail;
using mm::DmaBuffer;

SELFTEST("DMA02", "what was written stays through every operation on the caches, whole and in parts, on every core") {
    for (u32 core = 0; core < max_cores; ++core) {
        if (!kernel::irq::core_started(core)) continue;
        EXPECT(run_on(core, [&](u32 here) {
            auto buffer = DmaBuffer::allocate(10'000);
            EXPECT(buffer.has_value());
            if (!buffer) return;
            EXPECT(is_aligned(buffer->physical().value(), DmaBuffer::line) && buffer->size() >= 10'000);
            u8 value = static_cast<u8>(here);
            for (std::byte& each : buffer->bytes()) each = std::byte{value++};
            buffer->clean();
            buffer->clean_and_invalidate();
            // No line is dirty any more.
            buffer->invalidate();
            EXPECT(buffer->clean(64, 128).has_value());
            EXPECT(buffer->clean_and_invalidate(0, 4096).has_value());
            EXPECT(buffer->invalidate(buffer->size() - 64, 64).has_value());
            bool whole = true;
            value = static_cast<u8>(here);
            for (std::byte each : buffer->bytes()) whole = whole && each == std::byte{value++};
            EXPECT(whole);
        }));
    }
    EXPECT(arch::write_back_granule() <= DmaBuffer::line);
}

SELFTEST("DMA04", "a buffer for masters of 30 bits lies below 1 GiB, and all of them go back") {
    TestFlow flow{1};
    const u64 before = mm::kernel_frames.stats().free_frames;
    for (usize bytes : {usize{1}, usize{4096}, usize{100'000}, usize{1_MiB}}) {
        auto buffer = DmaBuffer::allocate(bytes, mm::Reach::Low);
        REQUIRE(buffer.has_value());
        EXPECT(buffer->physical().value() + buffer->size() <= 1_GiB);
        auto seen = buffer->bus_address();
        EXPECT(seen.has_value());
        if (seen) EXPECT_EQ(u64{*seen}, buffer->physical().value() + 0xc000'0000);
    }
    EXPECT(DmaBuffer::allocate(0).error() == Error::Invalid);
    EXPECT(DmaBuffer::allocate(SIZE_MAX).error() == Error::NoMemory);
    EXPECT(mm::kernel_frames.stats().free_frames + 8 >= before);
}
