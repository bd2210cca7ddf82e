// SPDX-License-Identifier: MIT

#include <drivers/mailbox/mailbox.hpp>

#include <arch/barrier.hpp>
#include <arch/cache.hpp>
#include <drivers/mailbox/registers.hpp>
#include <sync/clock.hpp>

namespace quartet::drivers {

namespace {

constexpr u32 property_channel = 8;
constexpr u32 patience_ms = 100;

// The VideoCore's uncached view of the low GiB.
constexpr u64 bus_alias = 0xc000'0000;
constexpr u64 reachable_end = 0x4000'0000;

// Words of a message with one tag: size, code, then tag, size of its value, code of its value, value, end.
constexpr u32 size_at = 0, code_at = 1, tag_at = 2, value_size_at = 3, value_code_at = 4, value_at = 5;
constexpr u32 most_values = 16 - value_at - 1;
constexpr u32 request = 0;
constexpr u32 answered_well = 0x8000'0000;
constexpr u32 value_answered = 0x8000'0000;

enum Tag : u32 {
    get_firmware_revision = 0x0'0001,
    get_board_revision = 0x1'0002,
    get_arm_memory = 0x1'0005,
    get_clock_rate = 0x3'0002,
    get_temperature = 0x3'0006,
    get_clock_rate_measured = 0x3'0047,
};

}  // namespace

Status Mailbox::exchange() noexcept {
    // Every question has the same message word, so a late answer would be taken for the next one's, while the
    // VideoCore still writes: after a question that nobody answered, no more are asked.
    if (silent_) return fail(Error::Timeout);
    u32 message = static_cast<u32>(address_.value() | bus_alias) | property_channel;
    // Written back and forgotten: no line of ours is dirty any more that could be written over the answer.
    arch::clean_invalidate_to_poc(&buffer_, sizeof(buffer_));
    if (!sync::wait_until(patience_ms,
                          [&] { return mbox::WriteStatus::Full::in(read<mbox::WriteStatus>(region_)) == 0; }))
        return fail(Error::Timeout);
    write(region_, Value<mbox::Write>{message});

    // Answers to others are taken out and dropped.
    bool arrived = sync::wait_until(patience_ms, [&] {
        if (mbox::ReadStatus::Empty::in(read<mbox::ReadStatus>(region_)) != 0) return false;
        return read<mbox::Read>(region_).bits == message;
    });
    silent_ = !arrived;
    if (!arrived) return fail(Error::Timeout);
    arch::order_after_device_read();
    arch::invalidate_to_poc(
        Unsafe{"the buffer has its lines alone, and all of it was written back before the question"}, &buffer_,
        sizeof(buffer_));
    return {};
}

Status Mailbox::ask(u32 tag, std::span<u32> values) noexcept {
    if (values.size() > most_values) return fail(Error::Invalid);
    // The low four bits of the message are the channel: an address that is not aligned names another one.
    if (address_.value() + sizeof(buffer_) > reachable_end || !is_aligned(address_.value(), 16))
        return fail(Error::Unsupported);

    buffer_ = {};
    u32* words = buffer_.words;
    u32 bytes = static_cast<u32>(values.size() * sizeof(u32));
    words[size_at] = sizeof(buffer_);
    words[code_at] = request;
    words[tag_at] = tag;
    words[value_size_at] = bytes;
    for (usize i = 0; i < values.size(); ++i) words[value_at + i] = values[i];
    TRY(exchange());

    if (words[code_at] != answered_well || words[tag_at] != tag) return fail(Error::Device);
    // A tag that the firmware does not know comes back as it went, or with no value.
    u32 answer = words[value_code_at];
    if ((answer & value_answered) == 0 || (answer & ~value_answered) < bytes) return fail(Error::Unsupported);
    for (usize i = 0; i < values.size(); ++i) values[i] = words[value_at + i];
    return {};
}

Result<u32> Mailbox::firmware_revision() noexcept {
    u32 value = 0;
    TRY(ask(get_firmware_revision, {&value, 1}));
    return value;
}

Result<u32> Mailbox::board_revision() noexcept {
    u32 value = 0;
    TRY(ask(get_board_revision, {&value, 1}));
    return value;
}

Result<PhysRange> Mailbox::arm_memory() noexcept {
    u32 values[2] = {};  // base, size
    TRY(ask(get_arm_memory, values));
    return PhysRange{PhysAddr{values[0]}, PhysAddr{u64{values[0]} + values[1]}};
}

Result<u32> Mailbox::clock_rate(Clock clock) noexcept {
    u32 values[2] = {static_cast<u32>(clock), 0};
    TRY(ask(get_clock_rate, values));
    if (values[1] == 0) return fail(Error::Unsupported);  // no such clock
    return values[1];
}

Result<u32> Mailbox::measured_clock_rate(Clock clock) noexcept {
    u32 values[2] = {static_cast<u32>(clock), 0};
    TRY(ask(get_clock_rate_measured, values));
    if (values[1] == 0) return fail(Error::Unsupported);
    return values[1];
}

Result<u32> Mailbox::temperature() noexcept {
    u32 values[2] = {};  // sensor 0
    TRY(ask(get_temperature, values));
    return values[1];
}

}  // namespace quartet::drivers
