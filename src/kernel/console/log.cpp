// SPDX-License-Identifier: MIT

#include <kernel/console/log.hpp>

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

void Log::drain() {
    while (drain_some() == Found::Some) {}
}

Log::Found Log::drain_some() {
    arch::full_fence();  // pairs with the one below: who finds the flag up is found by who takes it down
    // Acquire and release pair with each other: drains follow one another.
    if (draining_.exchange(1, arch::Order::Acquire) != 0) return Found::Elsewhere;
    usize found = 0;
    for (; found < records; ++found) {
        char room[max_line];
        Writer line{room};
        if (!take_line(line)) break;
        sync::IrqLockGuard guard{history_lock_};
        remember_locked(line.text());
    }
    draining_.store(0, arch::Order::Release);
    // Once more after the flag is down: who came in between left its record to us. Without both fences we could look
    // before our flag is seen to be down, and the record would lie there until the next one.
    arch::full_fence();
    return found != 0 || pending() ? Found::Some : Found::Nothing;
}

bool Log::take_line(Writer& line) {
    bool found = ring_.pop([&](const LogRecord& record) {
        put_time_stamp(line, record.time());
        record.print(line);
    });
    if (found) return true;
    u64 lost = lost_.load(arch::Order::Relaxed);
    const u64 told = told_.load(arch::Order::Relaxed);
    if (lost == told) return false;
    put_time_stamp(line, arch::counter());
    format(line, "log: {} lines lost, the ring was full", lost - told);
    told_.store(lost, arch::Order::Relaxed);
    return true;
}

void Log::remember_locked(std::string_view line) noexcept {
    // Whole lines make room, so that the oldest one is never half a line.
    while (history_end_ + line.size() + 1 - history_begin_ > history_bytes) {
        if (history_begin_ >= shown_) ++unshown_;
        while (history_[history_begin_++ % history_bytes] != '\n') {}
    }
    for (char c : line) history_[history_end_++ % history_bytes] = c;
    history_[history_end_++ % history_bytes] = '\n';
}

bool Log::show_while(Sink sink, bool (*may)() noexcept) {
    Found found = Found::Nothing;
    do {
        arch::full_fence();  // pairs with the one below, as in drain_some
        // Relaxed: what is shown follows one another by the lock of the history, and what `may` says comes behind a fence.
        if (showing_.exchange(1, arch::Order::Relaxed) != 0) return true;
        if (may != nullptr) {
            arch::full_fence();  // the flag before the question; pairs with the one in `showing`
            if (!may()) {
                showing_.store(0, arch::Order::Relaxed);  // the fence releases it
                return false;
            }
        }
        bool shown = false;
        do {
            shown = show_line(sink);
            // Between two lines, because the ring is small and the sink slow; but no further than the history can keep.
            if (unshown_bytes() <= history_bytes / 2) found = drain_some();
        } while (shown || found == Found::Some);
        showing_.store(0, arch::Order::Release);  // pairs with the acquire in `showing`
        arch::full_fence();
        // Once more after the flag is down, as above. Who drains elsewhere shows it when that is done: waiting for it
        // here could be waiting for a thread that we keep from running.
    } while (found == Found::Nothing && (pending() || unshown_bytes() != 0));
    return true;
}

bool Log::show_line(Sink sink) {
    char room[max_line];
    u64 cursor = 0;
    std::string_view line = next_unshown(room, cursor);
    if (line.empty()) return false;
    sink(line);
    note_shown(cursor);  // only now: a fault that comes while it is shown shows it again, whole
    return true;
}

std::string_view Log::next_unshown(std::span<char> room, u64& cursor) noexcept {
    sync::IrqLockGuard guard{history_lock_};
    cursor = shown_;
    if (unshown_ == 0) return line_at(cursor, room);
    Writer line{room};
    put_time_stamp(line, arch::counter());
    format(line, "log: {} lines not shown, the history was full", unshown_);
    unshown_ = 0;
    return line.text();
}

// A line that made room while it was shown was counted as unshown, though it is not: better than the reverse.
void Log::note_shown(u64 cursor) noexcept {
    sync::IrqLockGuard guard{history_lock_};
    shown_ = cursor;
}

u64 Log::unshown_bytes() noexcept {
    sync::IrqLockGuard guard{history_lock_};
    return history_end_ - shown_;
}

// `act` with the history's lock, and all records in the history.
template <typename Act>
void Log::after_fault(Act&& act) {
    arch::IrqsMasked masked;
    history_lock_.open_after_fault(Unsafe{"after a fault, the other cores stopped: see the contract"});
    sync::TryLockGuard guard{history_lock_, masked};
    if (!guard.taken()) return;
    char room[max_line];
    for (usize n = 0; n <= records; ++n) {
        Writer line{room};
        if (!take_line(line)) break;
        remember_locked(line.text());
    }
    act(std::span<char>{room});
}

void Log::show_after_fault(Sink sink, bool (*more)() noexcept) {
    after_fault([&](std::span<char> room) REQUIRES_LOCK(history_lock_) {
        u64 cursor = shown_;
        // Each turn goes a byte on at least, and there is no more than the history holds.
        for (std::string_view line = line_at(cursor, room); !line.empty(); line = line_at(cursor, room)) {
            if (more != nullptr && !more()) return;
            sink(line);
        }
    });
}

void Log::put_tail_after_fault(Writer& out, u32 lines, usize width) {
    after_fault([&](std::span<char> room) REQUIRES_LOCK(history_lock_) {
        u64 cursor = tail_locked(lines);
        for (std::string_view line = line_at(cursor, room); !line.empty(); line = line_at(cursor, room)) {
            out.put(line.substr(0, width));
            out.put('\n');
        }
    });
}

std::string_view Log::history_line(u64& cursor, std::span<char> room) noexcept {
    sync::IrqLockGuard guard{history_lock_};
    return line_at(cursor, room);
}

std::string_view Log::line_at(u64& cursor, std::span<char> room) noexcept {
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
    return tail_locked(lines);
}

u64 Log::tail_locked(u32 lines) const noexcept {
    u64 at = history_end_;
    if (lines == 0) return at;
    while (at > history_begin_) {
        if (at < history_end_ && history_[(at - 1) % history_bytes] == '\n' && --lines == 0) break;
        --at;
    }
    return at;
}

}  // namespace quartet::kernel
