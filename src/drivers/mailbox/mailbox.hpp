// SPDX-License-Identifier: MIT
//
// The VideoCore's property mailbox: questions to the firmware, one buffer and one answer at a time.
// The VideoCore sees the low GiB alone, past our caches, at bus addresses from 0xc0000000.

#pragma once

#include <arch/mmio.hpp>
#include <base/address.hpp>
#include <base/result.hpp>
#include <base/types.hpp>

#include <span>

namespace quartet::drivers {

// One cache line and nothing else in it: forgetting the line before the answer is read loses nobody's data.
struct alignas(64) PropertyBuffer {
    u32 words[16] = {};
};
static_assert(sizeof(PropertyBuffer) == 64);

class Mailbox {
public:
    enum class Clock : u32 { Uart = 2, Arm = 3, Core = 4 };

    // `address`: where `buffer` lies in physical memory.
    Mailbox(arch::MmioRegion region, PropertyBuffer& buffer, PhysAddr address)
        : region_(region), buffer_(buffer), address_(address) {}

    // All of them: Context: thread or boot, one caller at a time. Cost: tens of microseconds on the
    // board; at most 2 * 100 ms, polling. Errors: Unsupported (the firmware does not know the tag, or the
    // buffer lies above the low GiB), Timeout, Device (an answer that is none).
    Result<u32> firmware_revision() noexcept;
    Result<u32> board_revision() noexcept;
    Result<PhysRange> arm_memory() noexcept;
    // In Hz. The measured rate is what the clock does, the other what it was set to.
    Result<u32> clock_rate(Clock clock) noexcept;
    Result<u32> measured_clock_rate(Clock clock) noexcept;
    // Thousandths of a degree Celsius.
    Result<u32> temperature() noexcept;

private:
    // `values` goes out as the tag's value and comes back as its answer.
    Status ask(u32 tag, std::span<u32> values) noexcept;
    Status exchange() noexcept;

    arch::MmioRegion region_;
    PropertyBuffer& buffer_;
    bool silent_ = false;  // a question was not answered in time
    PhysAddr address_;
};

}  // namespace quartet::drivers
