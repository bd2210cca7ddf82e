// SPDX-License-Identifier: MIT
//
// The property mailbox against a firmware that answers in the buffer, as the VideoCore does.

#include <arch/cache.hpp>
#include <arch/counter.hpp>
#include <arch/mmio.hpp>
#include <arch/sim_point.hpp>
#include <doctest/doctest.h>
#include <drivers/mailbox/mailbox.hpp>
#include <drivers/mailbox/registers.hpp>

#include <cstring>
#include <map>

using namespace quartet;
using namespace quartet::drivers;
using Clock = Mailbox::Clock;

namespace {

constexpr u32 full = 1u << 31;
constexpr u32 empty = 1u << 30;
constexpr u32 buffer_at = 0x0123'4560;
constexpr u32 message = 0xc123'4568;  // the bus alias and channel 8

struct Firmware {
    arch::MmioTrace trace;
    PropertyBuffer buffer;
    Mailbox mailbox{arch::MmioRegion{trace}, buffer, PhysAddr{buffer_at}};
    std::map<u32, std::vector<u32>> knows;  // tag -> answer
    u32 code = 0x8000'0000;
    u32 asked[16] = {};
    usize cleaned_before = 0;

    Firmware() {
        arch::sim_cache_operations.clear();
        trace.values[mbox::ReadStatus::offset] = empty;
        trace.on_write = [this](u32 offset, u32 value) {
            if (offset != mbox::Write::offset) return;
            cleaned_before = arch::sim_cache_operations.size();
            std::memcpy(asked, buffer.words, sizeof(asked));
            buffer.words[1] = code;
            if (auto answer = knows.find(buffer.words[2]); answer != knows.end()) {
                buffer.words[4] = 0x8000'0000 | static_cast<u32>(answer->second.size() * 4);
                for (usize i = 0; i < answer->second.size(); ++i) buffer.words[5 + i] = answer->second[i];
            }
            trace.values[mbox::ReadStatus::offset] = 0;
            trace.values[mbox::Read::offset] = value;
        };
    }
    ~Firmware() { arch::sim_hook = nullptr; }
    static void let_time_pass() {
        arch::sim_hook = []() noexcept { arch::sim_counter += arch::sim_frequency / 1000; };
    }
};

}  // namespace

TEST_CASE("MBX01 a question is one tag in the buffer, and its address goes out with the channel") {
    Firmware firmware;
    firmware.knows[0x3'0047] = {2, 48'000'123};
    CHECK(firmware.mailbox.measured_clock_rate(Clock::Uart) == Result<u32>{48'000'123});
    CHECK(firmware.trace.writes == std::vector<arch::MmioTrace::Write>{{0x20, message}});
    u32 expected[] = {64, 0, 0x3'0047, 8, 0, 2, 0, 0};
    CHECK(std::memcmp(firmware.asked, expected, sizeof(expected)) == 0);
}

TEST_CASE("MBX01 the buffer is cleaned before the doorbell and forgotten before the answer is read") {
    using Kind = arch::CacheOperation::Kind;
    Firmware firmware;
    firmware.knows[1] = {7};
    REQUIRE(firmware.mailbox.firmware_revision());
    REQUIRE(arch::sim_cache_operations.size() == 2);
    CHECK(firmware.cleaned_before == 1);
    CHECK(arch::sim_cache_operations[0] == arch::CacheOperation{Kind::CleanInvalidate, &firmware.buffer, 64});
    CHECK(arch::sim_cache_operations[1] == arch::CacheOperation{Kind::Invalidate, &firmware.buffer, 64});
}

TEST_CASE("MBX01 each question has its tag and gives its answer") {
    Firmware firmware;
    firmware.knows[0x1] = {0x5f00'0000};
    firmware.knows[0x1'0002] = {0xb0'3115};
    firmware.knows[0x1'0005] = {0, 0x3b40'0000};
    firmware.knows[0x3'0002] = {4, 500'000'000};
    firmware.knows[0x3'0006] = {0, 48'312};
    CHECK(firmware.mailbox.firmware_revision() == Result<u32>{0x5f00'0000});
    CHECK(firmware.mailbox.board_revision() == Result<u32>{0xb0'3115});
    CHECK(firmware.mailbox.arm_memory() == Result<PhysRange>{PhysRange{PhysAddr{0}, PhysAddr{0x3b40'0000}}});
    CHECK(firmware.mailbox.clock_rate(Clock::Core) == Result<u32>{500'000'000});
    CHECK(firmware.mailbox.temperature() == Result<u32>{48'312});
}

TEST_CASE("MBX01 what the firmware does not know is an error and not a zero") {
    Firmware firmware;
    CHECK(firmware.mailbox.measured_clock_rate(Clock::Uart) == fail(Error::Unsupported));
    firmware.knows[0x3'0047] = {};  // QEMU: answered, with no value
    CHECK(firmware.mailbox.measured_clock_rate(Clock::Uart) == fail(Error::Unsupported));
    firmware.knows[0x3'0002] = {2, 0};
    CHECK(firmware.mailbox.clock_rate(Clock::Uart) == fail(Error::Unsupported));
    firmware.knows[0x1] = {1};
    firmware.code = 0x8000'0001;  // "error parsing request"
    CHECK(firmware.mailbox.firmware_revision() == fail(Error::Device));
}

TEST_CASE("MBX01 answers on other channels are dropped until ours comes") {
    Firmware firmware;
    firmware.knows[0x1] = {9};
    Firmware::let_time_pass();
    firmware.trace.script[mbox::Read::offset] = {0x1234'5670, 0xc123'4567};
    CHECK(firmware.mailbox.firmware_revision() == Result<u32>{9});
}

TEST_CASE("MBX01 a mailbox that stays full or silent is given up in bounded time") {
    Firmware firmware;
    Firmware::let_time_pass();
    firmware.trace.values[mbox::WriteStatus::offset] = full;
    u64 begin = arch::sim_counter;
    CHECK(firmware.mailbox.firmware_revision() == fail(Error::Timeout));
    CHECK(firmware.trace.writes.empty());
    firmware.trace.values[mbox::WriteStatus::offset] = 0;
    firmware.trace.on_write = nullptr;
    CHECK(firmware.mailbox.firmware_revision() == fail(Error::Timeout));
    CHECK(arch::sim_counter - begin < arch::sim_frequency);
}

TEST_CASE("MBX01 a buffer that the VideoCore cannot reach is refused before anything is asked") {
    arch::MmioTrace trace;
    PropertyBuffer buffer;
    for (u64 address : {u64{0x4000'0000}, u64{0x3fff'ffd0}, u64{0x1'0000'0000}, u64{0x1008}}) {
        Mailbox mailbox{arch::MmioRegion{trace}, buffer, PhysAddr{address}};
        CHECK(mailbox.firmware_revision() == fail(Error::Unsupported));
    }
    CHECK(trace.writes.empty());
}
