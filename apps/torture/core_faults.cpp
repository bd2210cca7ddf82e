// SPDX-License-Identifier: MIT

#include "core_faults.hpp"

#include "fault_points.hpp"
#include "spare_lines.hpp"

#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <base/static_room.hpp>
#include <kernel/fault/heartbeat.hpp>
#include <kernel/sched/core.hpp>
#include <quartet/quartet.hpp>

#include <algorithm>
#include <array>

namespace quartet::torture::faults {
namespace {

using Order = arch::Order;

// A core is said to run whoever was placed there, before it does; below that nobody makes it look. So this is above all others.
constexpr u8 pulse_priority = kernel::priority_count - 1;
constexpr u8 stall_priority = pulse_priority - 1;

struct Stall {
    arch::Atomic<bool> wanted{false};
    arch::Atomic<bool> stands{false};
    arch::Atomic<u64> until{0};  // counts: the aftermath's end
    u64 end = 0;  // counts
};
constinit std::array<Stall, max_cores> stalls{};

// Counts: no stall lasts beyond it. Never, unless a load runs. Relaxed: it says when, and orders nothing.
constinit arch::Atomic<u64> last_moment{Instant::never().counts};

bool goes_on(const Stall& stall) {
    const u64 now = Clock::now().counts;
    return now >= stall.end || now >= last_moment.load(Order::Relaxed) || !stall.wanted.load(Order::Relaxed);
}

// Looks at the clock itself: who would end it may sleep by the timer of this very core.
void stand_still(Stall& stall) {
    // Who looks after the cores' hearts would end the run.
    kernel::hold_heartbeats(true);
    {
        arch::IrqsMasked masked;
        while (!goes_on(stall)) arch::relax();
    }
    kernel::hold_heartbeats(false);
    stall.until.store((Clock::now() + aftermath).counts, Order::Relaxed);
    // Release pairs with the acquire in `stall_core`: all of this one is over; and with that in `stalled`: its aftermath has begun.
    stall.stands.store(false, Order::Release);
}

void stay_pending(IrqContext& context) noexcept { static_cast<void>(irq::pend(context.id())); }

constinit arch::Atomic<u32> storming{0};

// By core: what its thread waits for, once there is one.
constinit std::array<StaticRoom<Semaphore>, max_cores> pulses{};
constinit arch::Atomic<bool> pulses_wanted{false};

constexpr Duration beat_period = kernel::milliseconds(5);
constexpr Duration beat_length = kernel::microseconds(200);

// All cores beat at once. One that did so alone would push whoever waits there to a core that idles, by a request that is
// forgotten; so who waited is there when the first of them has ended its beat, and is taken over.
//
// Where the beats begin follows from the clock alone, so it is the same on each core: the first multiple of the period to come.
constexpr Instant next_beat(Instant now, u64 period) { return {(now.counts / period + 1) * period}; }
static_assert(next_beat({1000}, 500) == next_beat({1499}, 500) && next_beat({1000}, 500).counts == 1500);

void beat_once(ThreadContext& self) {
    // Where a count of the clock is longer than the period, there is a beat in each.
    const u64 period = std::max<u64>(kernel::clock_scale.counts(beat_period), 1);
    const Instant begin = next_beat(Clock::now(), period);
    this_thread::sleep_until(self, begin);
    while (Clock::now() < begin + beat_length) arch::relax();
}

// Never ends: who forgets requests again finds it. Relaxed: a round more or less.
void beat(ThreadContext& self, Semaphore& asked) {
    for (;;) {
        static_cast<void>(asked.take(self));
        do beat_once(self);
        while (pulses_wanted.load(Order::Relaxed));
        // Once more after the end, for what was forgotten just before it.
        beat_once(self);
    }
}

}  // namespace

Status stall_core(u32 core, Duration duration) noexcept {
    if (core >= max_cores || !irq::core_started(core)) return fail(Error::NotFound);
    Stall& stall = stalls[core];
    if (stall.stands.exchange(true, Order::Acquire)) return fail(Error::Busy);
    stall.end = (Clock::now() + duration).counts;
    stall.wanted.store(true, Order::Relaxed);
    Held held;
    auto thread = Thread::spawn({.name = "stall", .priority = stall_priority, .affinity = u32{1} << core},
                                [&stall] { stand_still(stall); });
    if (thread) return thread->detach();
    stall.stands.store(false, Order::Release);
    return fail(thread.error());
}

void end_stalls() noexcept {
    for (Stall& stall : stalls) stall.wanted.store(false, Order::Relaxed);
}

void bound_stalls(Instant end) noexcept { last_moment.store(end.counts, Order::Relaxed); }

void end_bounded_stalls() noexcept {
    // Not where the load has ended meanwhile: then none is to be stopped, and its successors must be free to begin.
    u64 end = last_moment.load(Order::Relaxed);
    if (end == Instant::never().counts) return;
    if (last_moment.compare_exchange(end, 0, Order::Relaxed, Order::Relaxed)) end_stalls();
}

bool stands_still(u32 core) noexcept { return stalls[core].stands.load(Order::Acquire); }

bool stalled(u32 core) noexcept {
    return stands_still(core) || Clock::now().counts < stalls[core].until.load(Order::Relaxed);
}

bool any_stalled() noexcept {
    for (u32 core = 0; core < max_cores; ++core)
        if (stalled(core)) return true;
    return false;
}

u32 storming_line() noexcept { return storming.load(Order::Relaxed); }

Status end_storm() noexcept {
    const u32 id = storming.load(Order::Relaxed);
    if (id == 0) return {};
    // After a Timeout the line is still attached, and the next one to end it is told so again.
    TRY(irq::detach(id));
    storming.store(0, Order::Relaxed);
    return {};
}

Status start_storm(u32 core) noexcept {
    if (core >= max_cores || !irq::core_started(core)) return fail(Error::NotFound);
    TRY(end_storm());
    const u32 id = spare_line(storm_line);
    if (id == 0) return fail(Error::NotFound);
    TRY(irq::attach(id, stay_pending, nullptr, {.core = core, .storm_limit = 2000, .name = "torture-storm"}));
    storming.store(id, Order::Relaxed);
    TRY(irq::enable(id));
    return irq::pend(id);
}

void start_pulses() noexcept {
    pulses_wanted.store(true, Order::Relaxed);
    Held held;
    for (u32 core = 0; core < max_cores; ++core) {
        if (!irq::core_started(core)) continue;
        if (Semaphore* asked = pulses[core].get()) {
            static_cast<void>(asked->give());
            continue;
        }
        Semaphore& asked = pulses[core].make(1);
        auto thread = Thread::spawn({.name = "pulse", .priority = pulse_priority, .affinity = u32{1} << core},
                                    [&asked](ThreadContext& self) { beat(self, asked); });
        check(thread && thread->detach(), "there is memory for a thread a core");
    }
}

void end_pulses() noexcept { pulses_wanted.store(false, Order::Relaxed); }

}  // namespace quartet::torture::faults
