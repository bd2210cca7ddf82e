// SPDX-License-Identifier: MIT
//
// What the kernel knows about one core. The running thread's `core` names the record of the core that
// it is on, and stays right only as long as it cannot be preempted: hence `this_core` asks for the proof.

#pragma once

#include <arch/atomic.hpp>
#include <arch/irq_mask.hpp>
#include <arch/layout/offsets.h>
#include <base/types.hpp>
#include <kernel/sched/run_queue.hpp>
#include <kernel/thread/thread.hpp>
#include <sync/spin_lock.hpp>
#include <sync/trace_ring.hpp>

#include <cstddef>

namespace quartet::kernel {

enum class CoreState : u8 {
    Absent,    // the tree does not name it
    Released,  // told to start, has not come yet
    Online,    // runs threads
    Missing,   // did not come in time
};

// What is left to do when a switch is done and the run queue is unlocked, as bits of `Core::duties`.
enum Duty : u16 {
    rebalance_duty = 1,  // somebody waits here or elsewhere who should run: see balance.cpp
    previous_duty = 2,   // who ran before is dead, or moves to another core
    checks_duty = 4,     // the lock order is to be told of the release (lock_order.hpp)
};
// Where nothing is left. context.S opens the run queue by itself where this is what it finds and it is 0.
inline constexpr u16 no_duties = checks_enabled ? u16{checks_duty} : u16{0};

struct alignas(64) Core {
    // Nothing in it but zeros, which take no room in the image: `become` says which core it is.
    constexpr Core() = default;

    // Before anything else is done with it. Context: the flow that boots.
    void become(u32 number) noexcept {
        id = number;
        bit = 1u << number;
        owed = no_duties;
        running.store(not_running, arch::Order::Relaxed);
        tick_at = timer_at = ~u64{0};
    }

    // --- Fixed by arch/layout/offsets.h: what vectors.S reads, one cache line
    u32 id = 0;
    // Non-zero: the interrupt tail owes a reschedule. Only this core touches it, interrupts masked.
    u32 reschedule = 0;
    uptr gicc = 0;
    const void* irq_table = nullptr;
    uptr exception_stack = 0;
    uptr overflow_stack = 0;
    u32 bit = 0;  // in affinity masks
    // What whoever comes by a switch has to look at, in one load of both. Apart, because they have two writers: another
    // core with the lock may write `duties` while the trap of this one, which takes no lock, writes `simd`.
    union {
        u32 owed = 0;
        struct {
            u16 duties;  // guarded by `lock`: see Duty
            u8 simd;  // this core alone, masked: its registers hold the SIMD state of the thread that runs
            u8 traced;  // this core alone, masked: switches are recorded, and waits for spin locks
        };
    };
    alignas(16) u64 irq[IRQ_SIZE / 8] = {};  // room of the IrqContext that the interrupt slot fills

    // --- Guarded by `lock`
    sync::SpinLock<sync::LockRank::RunQueue> lock;
    Thread* current = nullptr;  // who runs here, for other cores; this one asks TPIDR_EL1
    Thread* previous = nullptr;  // who ran before the switch that is not finished yet
    u64 switched_at = 0;  // counter at the last switch
    RunQueue queue;

    // --- Written under `lock`, read by all cores without it: see balance.cpp for the handshake
    alignas(64) arch::Atomic<Level> running{};
    arch::Atomic<Level> waiting{0};
    arch::Atomic<CoreState> state{CoreState::Absent};
    // In this line because who wakes a thread reads it anyway. This core alone, masked: where it records; null while it does
    // not (kernel/trace).
    sync::TraceRing* trace = nullptr;
    sync::TraceRing* samples = nullptr;  // the same of its ticks

    // --- This core's timers are guarded by `timer_lock`, and lie elsewhere (armed_timers.cpp)
    alignas(64) sync::SpinLock<sync::LockRank::TimerQueue> timer_lock;
    u64 tick_at = 0;  // next tick; ~0, never, on an idle core
    u64 timer_at = 0;  // what the compare register holds

    // --- Counters, each written by this core alone
    u64 ticks = 0;
    u64 idle_entries = 0;
    u64 balances = 0;
    u64 simd_saves = 0;  // switches away from a thread that had used SIMD since it came
    // Where the last tick found it, for the report about a core that does not answer; 0: no tick yet. Relaxed: whoever
    // reads it has waited 10 ms for this core.
    arch::Atomic<uptr> last_tick_pc{0};
};

static_assert(offsetof(Core, id) == CORE_ID && offsetof(Core, reschedule) == CORE_RESCHEDULE);
static_assert(offsetof(Core, gicc) == CORE_GICC && offsetof(Core, irq_table) == CORE_IRQ_TABLE);
static_assert(CORE_IRQ_TABLE == CORE_GICC + 8, "loaded as one pair");
static_assert(offsetof(Core, exception_stack) == CORE_EXCEPTION_STACK);
static_assert(offsetof(Core, overflow_stack) == CORE_OVERFLOW_STACK);
static_assert(offsetof(Core, owed) == CORE_DUTIES && offsetof(Core, duties) == CORE_DUTIES);
static_assert(offsetof(Core, simd) == CORE_SIMD && offsetof(Core, traced) == CORE_TRACED,
              "what context.S reads as one word");
static_assert(offsetof(Core, lock) + decltype(Core::lock)::serving_offset() == CORE_LOCK_SERVING);
static_assert(offsetof(Core, irq) == CORE_IRQ && CORE_IRQ % 16 == 0, "one stp fills it");

extern constinit Core cores[max_cores];

// Each becomes itself. Context: the flow that boots, before all else that is done with them.
inline void number_cores() noexcept {
    for (u32 core = 0; core < max_cores; ++core) cores[core].become(core);
}

// Bit n: `waiting` of core n is not 0. Written under that core's lock, and seldom: a core whose level falls reads this
// one word instead of four cores' lines. See balance.cpp.
struct alignas(64) CoresWithWaiters {
    arch::Atomic<u32> bits{0};
};
extern constinit CoresWithWaiters cores_with_waiters;

// Where `core.simd` says so: what the registers hold goes to where it belongs, with `owner`, who is leaving this core,
// and the next SIMD instruction traps again. Nobody can run `owner` elsewhere yet.
// Context: `core` is this one; between `owner`'s last instruction and the release of the run queue.
void put_simd_away(Core& core, Thread& owner, const arch::IrqsMasked&) noexcept;

// Context: any, interrupts masked by the caller, who shows it. The record is this core's until they open.
[[gnu::always_inline]] inline Core& this_core(const arch::IrqsMasked&) noexcept {
    // Relaxed: this core wrote it, or the one that handed the thread over under a lock that was taken since.
    return *current_thread().core.load(arch::Order::Relaxed);
}

// The number of the core that ran the caller a moment ago: for reports, which may be a moment old.
inline u32 recent_core() noexcept { return current_thread().core.load(arch::Order::Relaxed)->id; }

}  // namespace quartet::kernel
