// SPDX-License-Identifier: MIT
//
// The kernel's log. `log("core {} is here", id)` may stand anywhere: in handlers, under any lock, before
// there is a console. It stores the arguments in a ring and returns; one flow formats and writes later.
// Every line goes out as `[seconds.microseconds] text`, and the last of them stay readable (`dmesg`).

#pragma once

#include <arch/barrier.hpp>
#include <base/format.hpp>
#include <base/ring.hpp>
#include <base/types.hpp>
#include <kernel/console/log_record.hpp>
#include <sync/ring_atomics.hpp>
#include <sync/spin_lock.hpp>

#include <span>
#include <string_view>

namespace quartet::kernel {

class Log {
public:
    // Where finished lines go: without time of their own, one call a line, no line end in `line`.
    using Sink = void (*)(std::string_view line);
    // Told that there is something to drain. Called from wherever `log` was called: any context.
    using Doorbell = void (*)() noexcept;

    static constexpr usize records = 256;
    static constexpr usize history_bytes = 32_KiB;
    static constexpr usize max_line = 320;  // longer ones are cut off

    constexpr Log() = default;

    // Context: any; never waits. Cost: some 60 instructions and one loop round a byte of text. Masks
    // interrupts meanwhile. A full ring drops the record, counts it, and a later line says how many.
    void put(std::string_view format, std::span<const FormatArg> args) noexcept;

    // Null (as at the beginning): nobody is told.
    void set_doorbell(Doorbell doorbell) noexcept;

    // Formats what there is into the history. One flow at a time does it: a second one that calls meanwhile (a
    // handler during start-up) leaves its records to the first and returns. Context: boot or thread.
    void drain();

    // Hands to `sink` every line that no call before this one has handed out, and drains meanwhile. Lines that the
    // history lost before they were shown are counted, and a line says how many. One flow at a time, as `drain`.
    // Context: boot or thread; whatever `sink` needs.
    void show(Sink sink) { static_cast<void>(show_while(sink, nullptr)); }
    // The same as long as `may` says so: it is asked when nobody else shows, and if it says no nothing more is
    // shown, and false is the answer. Whoever changes what it says waits until `showing` is false.
    [[nodiscard]] bool show_while(Sink sink, bool (*may)() noexcept);
    bool showing() const noexcept {
        // Pairs with the one in show_while: who is not seen to show here sees what the caller changed before, when he asks.
        arch::full_fence();
        // Acquire pairs with the release at the end of a show: what the sink did is over.
        return showing_.load(arch::Order::Acquire) != 0;
    }

    // What `show` would hand out, without a lock and whatever the stopped flows left half done; the line that was
    // being shown comes again. As long as `more` says so (null: to the end), which is asked before each line.
    // Context: after a fault, the other cores stopped. Cost: each line of the history and each record once at most.
    void show_after_fault(Sink sink, bool (*more)() noexcept = nullptr);
    // Writes the last `lines` lines of all that was logged, shown or not, each cut after `width` characters.
    // Context and cost: as above.
    void put_tail_after_fault(Writer& out, u32 lines, usize width);

    // Whether `drain` would find something. Relaxed: who drains meanwhile looks himself when he is done.
    bool pending() const noexcept { return ring_.pending() || lost() != told_.load(arch::Order::Relaxed); }

    // Copies the first history line at or behind `cursor` (0: the oldest) into `room` and moves `cursor`
    // behind it. Empty: there is none. Context: thread, or a panic that has stopped the others.
    std::string_view history_line(u64& cursor, std::span<char> room) noexcept;
    // Where a reader begins that wants the last `lines` lines.
    u64 history_tail(u32 lines) noexcept;

    // Records dropped so far.
    u64 lost() const noexcept { return lost_.load(arch::Order::Relaxed); }

private:
    enum class Found : u8 { Nothing, Some, Elsewhere };

    Found drain_some();
    bool take_line(Writer& line);
    void remember_locked(std::string_view line) noexcept REQUIRES_LOCK(history_lock_);
    u64 tail_locked(u32 lines) const noexcept REQUIRES_LOCK(history_lock_);
    template <typename Act>
    void after_fault(Act&& act);
    bool show_line(Sink sink);
    std::string_view next_unshown(std::span<char> room, u64& cursor) noexcept;
    void note_shown(u64 cursor) noexcept;
    u64 unshown_bytes() noexcept;
    std::string_view line_at(u64& cursor, std::span<char> room) noexcept REQUIRES_LOCK(history_lock_);

    RecordRing<LogRecord, records, sync::RingAtomics> ring_;
    arch::Atomic<u64> lost_;
    arch::Atomic<u64> told_;  // written by who drains, and looked at by who has drained
    arch::Atomic<u32> draining_;
    arch::Atomic<u32> showing_;
    arch::Atomic<Doorbell> doorbell_;

    sync::SpinLock<sync::LockRank::Console> history_lock_;
    u64 history_begin_ GUARDED_BY(history_lock_) = 0;  // offsets count all bytes ever; a line ends with '\n'
    u64 history_end_ GUARDED_BY(history_lock_) = 0;
    u64 shown_ GUARDED_BY(history_lock_) = 0;  // `show` is done with what lies before it
    u64 unshown_ GUARDED_BY(history_lock_) = 0;  // lines that made room before they were shown, not told yet
    char history_[history_bytes] GUARDED_BY(history_lock_) = {};
};

// Writes `[seconds.microseconds] ` for a counter value.
void put_time_stamp(Writer& out, u64 counts) noexcept;

extern constinit Log the_log;

// Context: any. A text argument is copied (152 bytes for all of one call); the format string stays.
template <typename... Args>
    requires(sizeof...(Args) <= LogRecord::max_args)
void log(FormatString<std::type_identity_t<Args>...> text, const Args&... args) noexcept {
    const auto list = format_list(args...);
    the_log.put(text.text(), list);
}

}  // namespace quartet::kernel
