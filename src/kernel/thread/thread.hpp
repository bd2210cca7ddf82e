// SPDX-License-Identifier: MIT
//
// What the kernel knows about one thread. Fields stand together under the lock that guards them; only
// the scheduler's own files write them. Everyone else names a thread by its `ThreadHandle`.

#pragma once

#include <arch/atomic.hpp>
#include <arch/context.hpp>
#include <arch/cpu.hpp>
#include <arch/layout/offsets.h>
#include <arch/simd.hpp>
#include <base/priority_list.hpp>
#include <base/types.hpp>
#include <kernel/time/timer_node.hpp>
#include <kernel/wait/lending.hpp>
#include <sync/mutex_order.hpp>
#include <sync/spin_lock.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace quartet::kernel {

struct Core;
struct Thread;
class ThreadContext;

inline constexpr u32 priority_count = 32;
inline constexpr u8 lowest_priority = 0;
inline constexpr u8 default_priority = 16;
inline constexpr u8 highest_priority = 31;
inline constexpr u32 every_core = (1u << max_cores) - 1;
inline constexpr usize default_stack_size = 16_KiB;
inline constexpr usize thread_name_size = 24;

enum class ThreadState : u8 {
    Free,     // the record waits for its next thread
    Ready,    // in a run queue, running or not: `Core::current` tells which
    Moving,   // between two run queues
    Sleeping, // until a time
    Blocked,  // in a wait queue
    Suspended, // in no queue: it would be ready, and stands still until it is resumed
    Dead,     // its entry function returned; waits to be joined
};

constexpr std::string_view words(ThreadState state) {
    switch (state) {
        case ThreadState::Free: return "free";
        case ThreadState::Ready: return "ready";
        case ThreadState::Moving: return "moving";
        case ThreadState::Sleeping: return "sleeping";
        case ThreadState::Blocked: return "blocked";
        case ThreadState::Suspended: return "suspended";
        case ThreadState::Dead: return "dead";
    }
    return "unknown";
}

// What becomes of a fault of the thread's own (kernel/fault/contain.hpp): what the machine was told, or what is said here.
enum class OnFault : u8 {
    AsTold,
    Stop,  // without this thread the others are worth nothing
    Contain,
};

// What a thread executes. `self` is the proof that this is a thread: what may block asks for it.
using ThreadEntry = void (*)(ThreadContext& self, void* argument);

// How a wait ended. Whoever changes it from Waiting, by one compare-exchange, ends the wait.
enum class WaitResult : u32 { None, Waiting, Woken, Timeout, Deleted, OwnerDead, Aborted };

// What a thread can wait for.
enum class WaitKind : u8 {
    Nothing,
    Thread,  // its end
    Mutex,
    SharedMutex,
    Semaphore,
    Condition,
    EventFlags,
    MessageQueue,
    Ring,
    Pool,
    Barrier,
    Latch,
    Once,
};

constexpr std::string_view words(WaitKind kind) {
    switch (kind) {
        case WaitKind::Nothing: return "-";
        case WaitKind::Thread: return "thread";
        case WaitKind::Mutex: return "mutex";
        case WaitKind::SharedMutex: return "rwlock";
        case WaitKind::Semaphore: return "semaphore";
        case WaitKind::Condition: return "condition";
        case WaitKind::EventFlags: return "events";
        case WaitKind::MessageQueue: return "queue";
        case WaitKind::Ring: return "ring";
        case WaitKind::Pool: return "pool";
        case WaitKind::Barrier: return "barrier";
        case WaitKind::Latch: return "latch";
        case WaitKind::Once: return "once";
    }
    return "-";
}

// A name for a thread that may be gone: a stale one is refused wherever it is given.
class ThreadHandle {
public:
    constexpr ThreadHandle() = default;
    constexpr ThreadHandle(Thread& thread, u32 generation) : thread_(&thread), generation_(generation) {}
    constexpr bool empty() const { return thread_ == nullptr; }
    constexpr bool operator==(const ThreadHandle&) const = default;

    // For the scheduler. Records are never freed, so that it may look whether the generation still fits.
    constexpr Thread* record() const { return thread_; }
    constexpr u32 generation() const { return generation_; }

private:
    Thread* thread_ = nullptr;
    u32 generation_ = 0;
};

// `Thread::before_block`: a wake, which `block` then does not wait for; a change of the priority of a thread that was
// ready, which may have been in a wait queue by its old one already; and, for good, that it was asked for something
// that may end its waits (`Thread::asked`).
inline constexpr u8 wake_came = 1;
inline constexpr u8 priority_changed = 2;
inline constexpr u8 was_asked = 4;

// `Thread::asked`: what others want of a thread. Never taken back.
inline constexpr u32 asked_to_stop = 1;  // as it sees fit: it polls (StopToken)
inline constexpr u32 asked_to_end = 2;  // at its next safe point (terminate)

// A thread-local value, and the key that it was set by: see thread_locals.hpp.
inline constexpr u32 local_slots = 8;
struct LocalValue {
    void* value = nullptr;
    u32 generation = 0;
};

// What a thread does where it is ended in the middle of something: see at_thread_end.hpp.
struct EndAction {
    void (*work)(void* argument) noexcept;
    void* argument;
    EndAction* outer;  // which comes after it
};

// In `Thread::locals_set`, so that the end of a thread looks at one word: its argument is an object on its own stack, and
// is destroyed then (spawn_keeping).
inline constexpr u32 argument_kept = 1u << 31;
static_assert(local_slots <= 31);

// A record is used again and again but never freed: a stale pointer to one may always be followed as
// far as its generation. 64 bytes of alignment leave the low bits of its address to the mutex word.
struct alignas(64) Thread {
    // --- Fixed by arch/layout/offsets.h
    arch::SavedContext context;
    // Changes only under the run-queue lock of the core that it names before.
    arch::Atomic<Core*> core{nullptr};

    // --- Guarded by the run-queue lock of `core`. `ring_next` is atomic because the thread itself reads
    //     it without the lock, to see whether it is alone at its priority.
    arch::Atomic<Thread*> ring_next{nullptr};
    Thread* ring_previous = nullptr;
    u8 priority = lowest_priority;  // effective: what the queues go by
    u8 base_priority = lowest_priority;  // as given
    ThreadState state = ThreadState::Free;
    bool idle = false;
    bool movable = true;  // may run on more than one core
    u8 before_block = 0;  // what came that `block` has to look at: see below
    u32 affinity = every_core;  // where it may run now (set_cores): nowhere while it is suspended
    u64 run_counts = 0;  // up to the last switch away from it
    u64 switches = 0;  // how often it was switched away from
    u64 preemptions = 0;  // how often of these it neither waited nor yielded

    // Where it may run. Not while it is in a run queue, which counts those that are movable.
    constexpr void set_cores(u32 cores) {
        affinity = cores;
        movable = (cores & (cores - 1)) != 0;
    }

    // --- Fixed by arch/layout/offsets.h: what the trap of fp_state.S reads
    // Room for what the SIMD registers hold while the thread does not run, at the top of its stack; null: a flow that the
    // kernel itself began, which uses none. Set with `stack`.
    arch::SimdState* simd = nullptr;
    // Whether `simd`, or the registers of the core that runs it, hold anything: from its first SIMD instruction on. Written
    // by the trap of the thread itself; by spawn before it begins.
    u32 simd_used = 0;

    // --- Guarded by the run-queue lock of `core`, and rarely looked at
    u32 given_affinity = every_core;  // where it may run when it is not suspended
    u32 suspensions = 0;  // how many resumes it takes until it goes on
    u64 migrations = 0;  // how often it went into another core's queue

    // --- Touched by the thread itself and by interrupts of the core that runs it
    u32 slice_ticks = 0;  // a full slice
    u32 slice_left = 0;
    u32 preempt_disabled = 0;
    u32 preempt_due = 0;

    // --- What others want of it. Written under the run-queue lock of `core`, read by the thread itself without it.
    arch::Atomic<u32> asked{0};
    // Touched by the thread itself; others read them while it is blocked.
    u32 waits_kept = 0;  // how many stretches forbid that its waits are ended, and that it is (WaitsKept)
    u32 stop_ends_waits = 0;  // how many let a stop request end its waits (StopEndsWaits)
    // Deadlines that its periodic loops passed over (time/periodic.hpp). The thread itself writes it.
    arch::Atomic<u64> deadline_misses{0};

    // --- Its wait. `wait_result` is the claim; the rest is guarded by the lock of the object waited for.
    arch::Atomic<WaitResult> wait_result{WaitResult::None};
    u32 wait_round = 0;  // in a condition: WaitQueue::join_round_locked
    PriorityLink<Thread> wait_link;  // with the priority by which it was queued
    void* waits_for = nullptr;  // a WaitQueue: for reports and `requeue_waiter`, which looks again under its lock
    void* wait_request = nullptr;  // while it is in the list: what it asks the object for, which lies on its stack
    // Of a wait for a mutex, from before it can end until the thread has seen that it did. Written by the thread itself
    // under the run-queue lock of `core`, under which others may read it; see queue_of for how long the mutex lives.
    Mutex* blocked_on = nullptr;
    u64 blocked_since = 0;  // the number of that wait: see lock_chain.hpp
    u64 waits_since = 0;  // the counter when that wait began, or the one for another thread's end: for reports
    TimerNode timer;  // of a wait or a sleep: armed by the thread itself

    // --- Set by spawn; `generation` changes when the record is given back, under the Threads lock
    u32 id = 0;
    arch::Atomic<u32> generation{0};
    arch::Atomic<u32> references{0};  // one for the flow, one for the handle's owner
    // What a mutex holds while this thread owns it; 0 from the thread's end on, so that a word that nobody can give back
    // is known by its owner's. Written under the run-queue lock of `core` when it becomes 0, by spawn otherwise.
    arch::Atomic<u64> owner_word{0};
    ThreadEntry entry = nullptr;
    void* argument = nullptr;
    void (*destroy_argument)(void* argument) noexcept = nullptr;  // where it is kept
    std::span<std::byte> stack;
    char name[thread_name_size] = {};
    arch::Atomic<Thread*> next_record{nullptr};  // all records, append only
    Thread* next_free = nullptr;
    bool used_once = false;  // a boot thread's: its stack is none that could be freed or given to another
    bool stack_marked = false;  // it was painted before the thread began (stack_mark.hpp)
    OnFault on_fault = OnFault::AsTold;

    // --- Of the thread alone, until it has ended
    // Bit n: `locals[n]` is this thread's, not one of a thread that had the record before. And `argument_kept`.
    u32 locals_set = 0;
    LocalValue locals[local_slots] = {};
    EndAction* at_end = nullptr;  // the innermost; they lie on its stack
    void* end_value = nullptr;
    bool terminated = false;
    [[no_unique_address]] sync::HeldMutexes held_mutexes;  // where locks are checked

    // --- Its end. Guarded by `end_lock`.
    sync::SpinLock<sync::LockRank::WaitQueue> end_lock;
    Thread* joiner = nullptr;
    bool ended = false;
    bool claimed = false;  // somebody joins or has detached it: the handle is used up

    // --- Guarded by the run-queue lock of `core`: mutexes that it holds and others wait for (inheritance.cpp). Empty
    //     once the thread has ended.
    Lendings contended;
};

static_assert(offsetof(Thread, context) == THREAD_SP && offsetof(arch::SavedContext, sp) == 0);
static_assert(offsetof(Thread, core) == THREAD_CORE && sizeof(Thread::core) == 8);
static_assert(offsetof(Thread, simd) == THREAD_SIMD && offsetof(Thread, simd_used) == THREAD_SIMD_USED);

// The running thread. Context: any, after head.S has set TPIDR_EL1. In a handler: the interrupted one.
[[gnu::always_inline]] inline Thread& current_thread() noexcept {
    return *static_cast<Thread*>(arch::thread_pointer());
}

inline std::string_view thread_name(const Thread& thread) noexcept { return thread.name; }

}  // namespace quartet::kernel
