// SPDX-License-Identifier: MIT
//
// The ring in which one core keeps what happened on it. The core itself writes, masked; whoever wants to know reads
// while it goes on: nobody waits, and the oldest events give way.
//
// An event is two words, and each of them carries the lap in which it was written. A reader takes an event only where both
// words are of the lap that it looks for, so one that is being written, or was overwritten, is told from a whole one without
// an order between the words: each is loaded and stored at once (Arm ARM, B2.2.1). A lap is counted to 256: a reader would have
// to stand still between its two loads for that many laps to take one for another. The release of `next_` is what a reader needs to find
// all events below it.

#pragma once

#include <arch/atomic.hpp>
#include <arch/counter.hpp>
#include <arch/layout/offsets.h>
#include <base/types.hpp>

namespace quartet::sync {

// `subject` and `detail` by kind; of an address the lower half.
enum class TraceKind : u8 {
    None,
    Switch,  // the thread that comes; the one that goes and its state: switch_detail
    Wake,  // the thread that is ready from now on; the core in whose queue it is
    IrqEnter,  // the interrupt's id
    IrqExit,  // the same
    WaitBegins,  // the address of what is waited for; 0: a spin lock, 1: a mutex
    WaitEnds,  // the same
    Timer,  // the address of what it calls
    Mark,  // the address of the name; the value
    Sample,  // where the tick found it; the thread
    Caller,  // who called that: of the sample before; how far above
    Link,  // what lr held in the sample before: the caller of a function that keeps no frame record
};

static_assert(static_cast<u8>(TraceKind::WaitBegins) == TRACE_WAIT_BEGINS);
static_assert(static_cast<u8>(TraceKind::WaitEnds) == TRACE_WAIT_ENDS);

struct TraceEvent {
    u64 time;  // the counter's lower 48 bits
    TraceKind kind;
    u32 subject;
    u32 detail;  // 24 bits
};

// Of a Switch: the lower 20 bits of the id of who goes, and its state.
constexpr u32 switch_detail(u32 id, u8 state) { return (id << 4 | state) & 0xff'ffff; }

class TraceRing {
public:
    struct Slot {
        arch::Atomic<u64> first{0};  // lap 8 bits, kind 8, time 48
        arch::Atomic<u64> second{0};  // lap 8 bits, detail 24, subject 32
    };

    constexpr TraceRing() = default;
    TraceRing(const TraceRing&) = delete;
    TraceRing& operator=(const TraceRing&) = delete;

    // Room for 2^shift events; what was there before is forgotten. Context: nobody writes or reads.
    void give(Slot* slots, u32 shift) noexcept {
        begin_ = next_.load(arch::Order::Relaxed);
        slots_ = slots;
        shift_ = shift;
        mask_ = (u64{1} << shift) - 1;
    }

    // Context: this ring's core alone, masked. Cost: 17 instructions.
    [[gnu::always_inline]] void put(TraceKind kind, u32 subject, u32 detail) noexcept {
        // Relaxed: this core alone writes it.
        const u64 at = next_.load(arch::Order::Relaxed);
        const u64 lap = at >> shift_ << 56;
        Slot& slot = slots_[at & mask_];
        slot.first.store(lap | u64{static_cast<u8>(kind)} << 48 | (arch::counter_about() & time_mask),
                         arch::Order::Relaxed);
        slot.second.store(lap | u64{detail & 0xff'ffff} << 32 | subject, arch::Order::Relaxed);
        // Release pairs with the acquire in `next`: who finds the number finds the event.
        next_.store(at + 1, arch::Order::Release);
    }

    // The events that can be had are those from `oldest(next)` to `next`, half-open; each has the number of its writing.
    u64 next() const noexcept { return next_.load(arch::Order::Acquire); }
    u64 oldest(u64 next) const noexcept { return next - begin_ > mask_ + 1 ? next - mask_ - 1 : begin_; }
    // Events since `give` that a reader who found `next` comes too late for.
    u64 lost(u64 next) const noexcept { return oldest(next) - begin_; }
    bool empty() const noexcept { return slots_ == nullptr; }

    // The event `at`, as its two words. False: it is not whole, or another one has its place. Context: any.
    bool read(u64 at, u64& first, u64& second) const noexcept {
        // Relaxed: the laps say whether they are of one event; see above.
        const Slot& slot = slots_[at & mask_];
        first = slot.first.load(arch::Order::Relaxed);
        second = slot.second.load(arch::Order::Relaxed);
        const u64 lap = at >> shift_ & 0xff;
        return first >> 56 == lap && second >> 56 == lap;
    }
    static TraceEvent event_of(u64 first, u64 second) noexcept {
        return {first & time_mask, static_cast<TraceKind>(first >> 48 & 0xff), static_cast<u32>(second),
                static_cast<u32>(second >> 32 & 0xff'ffff)};
    }

    static constexpr u64 time_mask = (u64{1} << 48) - 1;

private:
    arch::Atomic<u64> next_{0};
    Slot* slots_ = nullptr;
    u64 mask_ = 0;
    u32 shift_ = 0;
    u64 begin_ = 0;  // `next_` when recording began
};

}  // namespace quartet::sync
