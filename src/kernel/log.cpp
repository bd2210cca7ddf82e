// SPDX-License-Identifier: MIT

#include <kernel/log.hpp>

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <sync/clock.hpp>

namespace quartet::kernel {

constinit Log the_log;

void put_time_stamp(Writer& out, u64 counts) noexcept {
    u64 frequency = sync::counter_hertz();
    u64 microseconds = counts % frequency * 1'000'000 / frequency;
    format(out, "[{}.{:06}] ", counts / frequency, microseconds);
}

void Log::put(std::string_view format, std::span<const FormatArg> args) noexcept {
    {
        arch::IrqsMasked masked;
        bool stored = ring_.push([] { return arch::counter(); },
                                 [&](LogRecord& record, u64 now) { record.fill(now, arch::core_id(), format, args); });
        if (!stored) lost_.fetch_add(1, arch::Order::Relaxed);  // a count, it orders nothing
    }
    // Acquire pairs with the release in `set_doorbell`: what the doorbell uses is there.
    if (Doorbell ring = doorbell_.load(arch::Order::Acquire)) ring();
}

void Log::set_doorbell(Doorbell doorbell) noexcept {
    doorbell_.store(doorbell, arch::Order::Release);  // pairs with the acquire in `put`
}

void Log::drain(Sink sink) {
    // Once more after the flag is down: who came in between left its record to us.
    do {
        // Acquire and release pair with each other: drains follow one another.
        if (draining_.exchange(1, arch::Order::Acquire) != 0) return;
        while (drain_some(sink)) {}
        draining_.store(0, arch::Order::Release);
    } while (pending());
}

bool Log::drain_some(Sink sink) {
    char room[max_line];
    Writer line{room};
    bool found = ring_.pop([&](const LogRecord& record) {
        put_time_stamp(line, record.time());
        record.print(line);
    });
    if (found) {
        finish(line.text(), sink);
        return true;
    }
    u64 lost = lost_.load(arch::Order::Relaxed);
    if (lost == told_) return false;
    put_time_stamp(line, arch::counter());
    format(line, "log: {} lines lost, the ring was full", lost - told_);
    told_ = lost;
    finish(line.text(), sink);
    return true;
}

void Log::finish(std::string_view line, Sink sink) {
    remember(line);
    if (sink != nullptr) sink(line);
}

void Log::remember(std::string_view line) noexcept {
    sync::IrqLockGuard guard{history_lock_};
    // Whole lines make room, so that the oldest one is never half a line.
    while (history_end_ + line.size() + 1 - history_begin_ > history_bytes)
        while (history_[history_begin_++ % history_bytes] != '\n') {}
    for (char c : line) history_[history_end_++ % history_bytes] = c;
    history_[history_end_++ % history_bytes] = '\n';
}

std::string_view Log::history_line(u64& cursor, std::span<char> room) noexcept {
    sync::IrqLockGuard guard{history_lock_};
    if (cursor < history_begin_) cursor = history_begin_;
    usize length = 0;
    while (cursor < history_end_) {
        char c = history_[cursor++ % history_bytes];
        if (c == '\n') break;
        if (length < room.size()) room[length++] = c;
    }
    return {room.data(), length};
}

u64 Log::history_tail(u32 lines) noexcept {
    sync::IrqLockGuard guard{history_lock_};
    u64 at = history_end_;
    if (lines == 0) return at;
    while (at > history_begin_) {
        if (at < history_end_ && history_[(at - 1) % history_bytes] == '\n' && --lines == 0) break;
        --at;
    }
    return at;
}

}  // namespace quartet::kernel
