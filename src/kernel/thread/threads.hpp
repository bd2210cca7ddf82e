// SPDX-License-Identifier: MIT
//
// Threads, as the rest of the kernel uses them. 32 priorities, 31 highest; among equals the order of
// arrival. A thread that is made ready with a higher priority than a core's running one runs at once:
// on this core before the waker's next statement, on another one by an inter-processor interrupt.

#pragma once

#include <arch/barrier.hpp>
#include <arch/irq_mask.hpp>
#include <base/result.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/sched/scheduler_ops.hpp>
#include <kernel/thread/thread.hpp>
#include <kernel/thread/safe_point.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace quartet::kernel {

struct ThreadOptions {
    std::string_view name = "thread";  // cut off after 23 characters
    u8 priority = default_priority;
    u32 affinity = every_core;         // bit n: may run on core n
    usize stack_size = default_stack_size;  // of it 528 bytes at the top are kept for the SIMD registers
    Duration slice = Duration::zero(); // zero: `default_slice`; whole ticks, at least one
    OnFault on_fault = OnFault::AsTold;
    bool measure_stack = false;        // see `stack_high_water`; costs a store for each 16 bytes of the stack
};

inline constexpr u32 ticks_per_second = 1000;
inline constexpr Duration default_slice = milliseconds(10);
inline constexpr usize smallest_stack = 4_KiB;
inline constexpr usize largest_stack = 960_KiB;
inline constexpr usize stack_alignment = 16;  // AAPCS64, 6.4.5.1: of sp, and so of a stack's size

// A new thread, ready to run `entry(self, argument)`: where its priority is higher than the caller's it
// may have run before this returns. The handle is given back by `join` or `detach`, once.
// Context: thread or boot flow. Errors: Invalid (priority, affinity, stack size, an entry that is no code), NoMemory.
Result<ThreadHandle> spawn(const ThreadOptions& options, ThreadEntry entry, void* argument) noexcept;

// An object that a thread takes along: a callable with what it captured.
struct KeptArgument {
    void* from;  // stays as it is where no thread begins
    usize size;
    usize align;
    void (*move)(void* to, void* from) noexcept;
    void (*destroy)(void* object) noexcept;
};

// The same, and the thread's argument is the object that was moved to the top of its own stack, where it stays until the
// thread ends: by returning, by `exit_thread`, terminated in the middle or before it began. Then it is destroyed, by the
// thread itself, before its thread-local values; that may wait, and is not cut off.
// Errors: also Invalid where the object is larger than a quarter of the stack.
Result<ThreadHandle> spawn_keeping(const ThreadOptions& options, ThreadEntry entry,
                                   const KeptArgument& object) noexcept;

// The part of it that fills a record that has a stack; `start` of the active scheduler comes next. For the
// schedulers.
void prepare_thread(Thread& thread, const ThreadOptions& options, ThreadEntry entry, void* argument) noexcept;

// The same for a flow that runs already.
void adopt_flow(Thread& thread) noexcept;

// What a thread leaves to who joins it.
struct ThreadEnd {
    void* value = nullptr;  // what it gave to `exit_thread`
    bool terminated = false;  // it did not end by itself
};

// Ends the running thread: what its `AtThreadEnd`s say is done, destructors of its thread-local values run, its mutexes are owner-dead, its record and stack
// are given back by `join`, or now where it was detached. Returning from its entry function does the same.
[[noreturn]] void end_thread(ThreadContext& self, ThreadEnd end) noexcept;
[[noreturn]] inline void exit_thread(ThreadContext& self, void* value = nullptr) noexcept {
    end_thread(self, {.value = value});
}

// Waits until `thread` has ended and gives its record and stack back.
// Errors: Invalid (a stale handle, or oneself), Timeout, Busy (somebody else joins it already), Aborted.
Status join(ThreadContext& self, ThreadHandle thread, Duration timeout = Duration::forever()) noexcept;
// The same, and how it ended.
Result<ThreadEnd> join_end(ThreadContext& self, ThreadHandle thread, Duration timeout = Duration::forever()) noexcept;

// Nobody will join it: its record is given back when it ends. Context: any thread. Errors: Invalid.
Status detach(ThreadHandle thread) noexcept;

// The next thread of equal priority runs; where there is none, returns at once. A fresh slice begins. A safe point.
// Cost: 9 instructions alone, 73 a switch.
[[gnu::always_inline]] inline void yield(ThreadContext& self) noexcept {
    Thread& thread = self.thread();
    debug_check(thread.preempt_disabled == 0, "a thread must not yield with preemption disabled");
    safe_point(self);
    thread.slice_left = thread.slice_ticks;
    if (RunQueue::alone(thread)) [[likely]]
        return;
    yield_to_equal(thread);
}

// Not early; late by no more than the time until this thread has the highest priority. Resolution: the
// counter's. `sleep_for(zero)` yields. Early only where a stop request ends the thread's waits (StopEndsWaits).
void sleep_for(ThreadContext& self, Duration duration) noexcept;
void sleep_until(ThreadContext& self, Instant time) noexcept;

// The base priority. A thread that inherited a higher one keeps that until it owes it no longer. What
// the new order asks for happens before this returns; a running thread that lowers itself goes behind
// its new equals. Context: thread. Errors: Invalid (priority, stale handle).
Status set_priority(ThreadHandle thread, u8 priority) noexcept;
Result<u8> priority_of(ThreadHandle thread) noexcept;

// Cores that do not run threads may be named, but not they alone. A thread that runs elsewhere moves at
// once. Context: thread. Errors: Invalid (empty mask, stale handle).
Status set_affinity(ThreadHandle thread, u32 affinity) noexcept;

// The calling thread's own handle. Context: thread.
inline ThreadHandle current() noexcept {
    Thread& thread = current_thread();
    return {thread, thread.generation.load(arch::Order::Relaxed)};
}

// A stretch in which this thread stays on its core and no other thread runs there. Interrupts stay open;
// a wake-up inside it is carried out at the end of the outermost one. Nests. Must not block or yield.
// Context: thread.
class [[nodiscard]] PreemptionDisabled {
public:
    PreemptionDisabled() noexcept : thread_(current_thread()) { thread_.preempt_disabled += 1; }
    ~PreemptionDisabled() {
        // The interrupt tail of this core is the only other reader, so plain order of the program is enough.
        arch::compiler_fence();
        thread_.preempt_disabled -= 1;
        arch::compiler_fence();
        if (thread_.preempt_disabled == 0 && thread_.preempt_due != 0) [[unlikely]]
            preempt_now();
    }
    PreemptionDisabled(const PreemptionDisabled&) = delete;
    PreemptionDisabled& operator=(const PreemptionDisabled&) = delete;

    // The record stays this core's until the end.
    Core& core() const noexcept { return *thread_.core.load(arch::Order::Relaxed); }

private:
    static void preempt_now() noexcept;

    Thread& thread_;
};

// One thread as it was a moment ago, for reports.
struct ThreadInfo {
    u32 id;
    char name[thread_name_size];
    u8 priority;
    u8 base_priority;
    ThreadState state;
    bool running;
    bool idle;
    u32 core;  // where it runs or ran last
    u32 affinity;
    u64 run_counts;  // counter counts that it had a core
    u64 switches;
    u64 deadline_misses;  // of its periodic loops
    std::span<std::byte> stack;
    bool simd;  // has used SIMD
    Thread* record;
    // While it is blocked: for what, and where that lies (it may be gone by now).
    WaitKind waits_for;
    const void* waits_at;
    // Who owns the mutex that it waits for, or whose end it waits for: null where nobody does, and else since which counter.
    Thread* waits_on;
    u64 waits_since;
};

// The thread of `record`, as it is at this moment. Records are never freed. False: there is none. Context and cost: as below;
// of who waits for a thread's end, a look at every record besides.
bool look_at_thread(Thread& record, ThreadInfo& info) noexcept;

// Calls `visit` for every thread, idle ones too, in the order of ids. Threads may come and go meanwhile:
// each is copied under its lock, and no lock is held while `visit` runs, which so may print or block.
// Context: thread. Cost: a lock and a copy a record.
void for_each_thread(void (*visit)(void* argument, const ThreadInfo& info), void* argument) noexcept;

template <typename Visit>
void for_each_thread(Visit&& visit) noexcept {
    for_each_thread([](void* argument, const ThreadInfo& info) { (*static_cast<Visit*>(argument))(info); },
                    const_cast<void*>(static_cast<const void*>(&visit)));
}

}  // namespace quartet::kernel
