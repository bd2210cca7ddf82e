// SPDX-License-Identifier: MIT

#include "heartbeat.hpp"

#include <arch/atomic.hpp>
#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <base/format.hpp>
#include <kernel/fault/panic.hpp>
#include <kernel/time/core_timers.hpp>
#include <sync/clock.hpp>
#include <sync/lock_order.hpp>

#include <array>

namespace quartet::kernel {

namespace {

using arch::Order;

// Relaxed, unless it says otherwise: a heart is looked at until it beats, and nothing else is read by it.
constinit arch::Atomic<u32> limit_ms{0};
constinit arch::Atomic<u32> holders{0};
constinit arch::Atomic<u32> told{
    0};  // that a core hangs: by the first who sees it, the others are stopped by his report
constinit arch::Atomic<u32> epoch{0};  // what was seen in another one counts no longer

struct Seen {
    u32 beats = 0;
    u32 looks = 0;
    u64 since = 0;
};

struct alignas(64) Heart {
    arch::Atomic<u32> beats{0};
    // This core's own.
    u32 epoch = 0;
    Seen others[max_cores];
};
constinit Heart hearts[max_cores];

// Apart, because of its words. Nothing comes after it.
[[noreturn, gnu::noinline]] void report_hang(u32 core, u32 milliseconds) noexcept {
    std::array<char, 192> room;
    Writer words{room};
    format(words, "core {} has not moved for {} ms", core, milliseconds);
    // Known where checks are on. The core has stood still for long: nothing else keeps it from writing.
    for (u32 at = 0; auto held = sync::held_lock(core, at); ++at)
        format(words, ", with the {} spin lock (taken at {}:{})", sync::name_of(held->rank), held->where.file_name(),
               held->where.line());
    panic_of_kind("hang", words.text(), {}, 0);
}

void look_at(Seen& seen, u32 core, bool anew, u64 now) noexcept {
    const u32 beats = hearts[core].beats.load(Order::Relaxed);
    if (anew || beats != seen.beats) {
        seen = {beats, 0, now};
        return;
    }
    const u32 limit = limit_ms.load(Order::Relaxed);
    const bool hangs = ++seen.looks >= heartbeat_looks && now - seen.since >= sync::counter_hertz() / 1000 * limit;
    if (hangs && told.exchange(1, Order::Relaxed) == 0) report_hang(core, limit);
}

constinit CoreTimers timers;

// In the interrupt of each core's own timer.
void beat(HandlerTimer&) noexcept {
    const u32 self = arch::core_id();
    Heart& mine = hearts[self];
    mine.beats.store(mine.beats.load(Order::Relaxed) + 1, Order::Relaxed);
    // Acquire pairs with the release of the last hold's end: the epoch that it began is seen.
    const bool held = holders.load(Order::Acquire) != 0;
    const u32 now = epoch.load(Order::Relaxed);
    const bool anew = held || mine.epoch != now;
    mine.epoch = now;
    const u32 all = timers.cores();
    for (u32 core = 0; core < max_cores; ++core)
        if (core != self && (all >> core & 1) != 0) look_at(mine.others[core], core, anew, arch::counter());
}

}  // namespace

void watch_heartbeats(ThreadContext& self, u32 milliseconds) noexcept {
    timers.stop();
    limit_ms.store(milliseconds, Order::Relaxed);
    epoch.fetch_add(1, Order::Relaxed);
    // A core that does not answer now is not looked at.
    if (milliseconds != 0)
        static_cast<void>(timers.start(self, beat, nanoseconds(u64{milliseconds} * (1'000'000 / heartbeat_looks))));
}

void hold_heartbeats(bool hold) noexcept {
    epoch.fetch_add(1, Order::Relaxed);
    if (hold) holders.fetch_add(1, Order::Relaxed);
    else holders.fetch_sub(1, Order::Release);  // pairs with the acquire in `beat`
}

}  // namespace quartet::kernel
