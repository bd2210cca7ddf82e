// SPDX-License-Identifier: MIT
//
// Threads: 32 priorities, 31 highest; among equals the order of arrival, and each a slice at a time.
//
//     Thread worker = TRY(Thread::spawn({.name = "worker", .priority = 20}, [&](ThreadContext& self) { … }));
//     …
//     worker.join();
//
// A `Thread` is the right to join, and the duty: like std::thread it is joined or detached before it goes. A `ThreadId` is
// a name that may be copied; of a thread that is gone it is refused with Error::Invalid wherever it is given.

#pragma once

#include <kernel/thread/safe_point.hpp>
#include <kernel/thread/stack_mark.hpp>
#include <kernel/thread/thread_control.hpp>
#include <kernel/thread/thread_statistics.hpp>
#include <kernel/thread/threads.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/stop_token.hpp>
#include <quartet/thread_callable.hpp>
#include <quartet/thread_locals.hpp>
#include <quartet/time.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace quartet {

// Fields, all with defaults: `name` ("thread"; cut off after 23 characters), `priority` (0 to 31; 16), `affinity` (bit n: may
// run on core n; every core), `stack_size` (bytes, a multiple of 16 from 4 KiB to 960 KiB; 16 KiB; of it 528 are kept for the
// SIMD registers), `slice` (how long it runs before an equal has its turn, in whole ticks of a millisecond; 10 ms), `measure_stack` (see
// `stack_high_water`; costs a store for 16 bytes of the stack).
using kernel::every_core;
using kernel::ThreadOptions;

// Names a thread, and no other one that has its place later. Compared by ==; `empty()`: names none.
using ThreadId = kernel::ThreadHandle;

// What a thread leaves: `value`, which its function returned or gave to `exit`, and `terminated`: it did not end by itself.
using kernel::ThreadEnd;

// `run_time`, `switches` (how often it left a core), `preemptions` (of these: it neither waited nor yielded),
// `migrations` (to another core's queue), `deadline_misses` (of its Periodic loops). All of one moment.
using kernel::ThreadStatistics;

class [[nodiscard]] Thread {
public:
    // No thread's.
    constexpr Thread() = default;

    // A new thread that calls `callable`: with a ThreadContext&, a StopToken, both in this order, or nothing, whichever
    // it takes. What it returns, void or a pointer, is ThreadEnd::value. It is ready at once: where its priority is higher
    // than the caller's it may have run before this returns.
    // The callable is moved (or copied) to the top of the new thread's stack, of which it may take a quarter, and destroyed by
    // that thread at its end, also if that is `exit` or `terminate`, or comes before it began. Where spawning fails it was not
    // touched. Nothing is allocated for it.
    // Context: thread. Errors: Invalid (priority, affinity, stack size, a callable that is too large, a pointer to no
    // function), NoMemory.
    template <typename Callable>
        requires detail::ThreadCallable<std::decay_t<Callable>> &&
                 std::constructible_from<std::decay_t<Callable>, Callable>
    [[nodiscard]] static Result<Thread> spawn(const ThreadOptions& options, Callable&& callable) noexcept {
        return Thread{TRY(detail::spawn_callable(options, std::forward<Callable>(callable)))};
    }

    Thread(Thread&& other) noexcept : id_(std::exchange(other.id_, ThreadId{})) {}
    // A panic where this one is joinable.
    Thread& operator=(Thread&& other) noexcept {
        check(!joinable() || this == &other, "a thread's handle is overwritten before it was joined or detached");
        if (this != &other) id_ = std::exchange(other.id_, ThreadId{});
        return *this;
    }
    // A panic where it is joinable: somebody still counts on the thread's end, or on nobody waiting for it.
    ~Thread() { check(!joinable(), "a thread's handle is destroyed before it was joined or detached"); }

    // Whether it is a thread's, and `join` or `detach` is still due. Context: any.
    [[nodiscard]] bool joinable() const noexcept { return !id_.empty(); }
    // Context: any.
    [[nodiscard]] ThreadId id() const noexcept { return id_; }

    // Waits until the thread has ended, gives back what it had of the kernel, and says how it ended. After an error the
    // handle is joinable as before. Errors: Invalid (not joinable, or the caller's own), Busy (somebody joins it already),
    // Aborted (a stop request ended the wait: StopEndsWaits). Context: thread.
    Result<ThreadEnd> join(ThreadContext& self) noexcept { return join_for(self, Duration::forever()); }
    Result<ThreadEnd> join() noexcept { return join_for(Duration::forever()); }
    // The same with a time limit. Errors: also Timeout.
    Result<ThreadEnd> join_for(ThreadContext& self, Duration timeout) noexcept {
        Result<ThreadEnd> end = kernel::join_end(self, id_, timeout);
        if (end) id_ = {};
        return end;
    }
    Result<ThreadEnd> join_for(Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return join_for(self, timeout);
    }

    // Nobody will join it: what it had is given back when it ends. Context: thread. Errors: Invalid (not joinable).
    Status detach() noexcept {
        TRY(kernel::detach(id_));
        id_ = {};
        return {};
    }

    // What follows is done to the thread, and is there for a ThreadId too (below). Errors of all: Invalid (not joinable).
    Status request_stop() noexcept { return kernel::request_stop(id_); }
    Status terminate(ThreadContext& self) noexcept { return kernel::terminate(self, id_); }
    Status terminate() noexcept {
        ThreadContext self = this_thread::context();
        return terminate(self);
    }
    Status suspend(ThreadContext& self) noexcept { return kernel::suspend(self, id_); }
    Status suspend() noexcept {
        ThreadContext self = this_thread::context();
        return suspend(self);
    }
    Status resume() noexcept { return kernel::resume(id_); }
    Status set_priority(u8 priority) noexcept { return kernel::set_priority(id_, priority); }
    [[nodiscard]] Result<u8> priority() const noexcept { return kernel::priority_of(id_); }
    Status set_affinity(u32 affinity) noexcept { return kernel::set_affinity(id_, affinity); }
    [[nodiscard]] Result<ThreadStatistics> statistics() const noexcept { return kernel::statistics_of(id_); }
    [[nodiscard]] Result<usize> stack_high_water() const noexcept { return kernel::stack_high_water(id_); }
    [[nodiscard]] StopToken stop_token() const noexcept { return StopToken{id_}; }

private:
    explicit Thread(ThreadId id) noexcept : id_(id) {}

    ThreadId id_;
};

// Asks the thread to stop, as it sees fit: StopToken. A second time changes nothing. Context: any. Errors: Invalid.
using kernel::request_stop;

// `terminate(self, id)`: the thread ends at its next safe point: where it waits or has waited, yields, sleeps,
// has suspended itself, at `this_thread::safe_point`, or before it begins. Its suspensions are lifted. Its callable and its thread-local values are destroyed;
// of what else lies on its stack no destructor runs, and its mutexes are owner-dead (LockGuard keeps it from ending in the
// middle). Does not wait for the end: `join` does. Oneself: does not return. Context: thread. Errors: Invalid.
using kernel::terminate;

// `suspend(self, id)`: the thread stands still when this returns, until it is resumed as often as it was suspended (at most 255
// times). One that waits goes on waiting, and stands still when that is over. It keeps what it owns.
// Context: thread. Errors: Invalid (also: it has ended), Busy (too often), Deleted (it is asked to end).
using kernel::suspend;
// Takes back one `suspend`. Context: any. Errors: Invalid (also: it has ended, or is not suspended).
using kernel::resume;

// `set_priority(id, 0 to 31)`: the base priority; one that inherited a higher one keeps that until it owes it no longer. What the new
// order asks for happens before this returns; in a handler, at its end. Context: any. Errors: Invalid.
using kernel::set_priority;
// The priority that it runs with, inherited or not. Context: any. Errors: Invalid.
using kernel::priority_of;

// `set_affinity(id, mask)`: bit n: may run on core n. A thread that runs elsewhere moves at once. Context: any.
// Errors: Invalid (also: no core of the mask runs threads).
using kernel::set_affinity;

// Also of a thread that has ended and is not joined yet. Context: any. Errors: Invalid.
using kernel::statistics_of;

// How many bytes of its stack the thread has used at most, from the top, to 8 bytes; what is kept for SIMD and the callable
// count. Context: thread. Errors: Invalid, Unsupported (ThreadOptions::measure_stack was not asked for). Cost: a load for
// 8 unused bytes.
using kernel::stack_high_water;

namespace this_thread {

// Context: thread. Cost: 3 instructions.
[[nodiscard]] inline ThreadId id(const ThreadContext& self) noexcept { return self.handle(); }
[[nodiscard]] inline ThreadId id() noexcept { return context().handle(); }

// The next thread of equal priority runs; where there is none, returns at once. A fresh slice begins. A safe point.
// Context: thread. Cost: 9 instructions alone, 73 a switch.
[[gnu::always_inline]] inline void yield(ThreadContext& self) noexcept { kernel::yield(self); }
inline void yield() noexcept {
    ThreadContext self = context();
    kernel::yield(self);
}

// Ends the thread if others asked for it (`terminate`): for loops that neither wait nor yield, with nothing in their hands
// that only they can give back. Context: thread. Cost: 2 instructions.
[[gnu::always_inline]] inline void safe_point(ThreadContext& self) noexcept { kernel::safe_point(self); }
inline void safe_point() noexcept {
    ThreadContext self = context();
    kernel::safe_point(self);
}

// Ends the calling thread, as the return of its function does, but that objects on its stack are not destroyed: only its
// callable and its thread-local values. Context: thread.
[[noreturn]] inline void exit(ThreadContext& self, void* value = nullptr) noexcept { kernel::exit_thread(self, value); }
[[noreturn]] inline void exit(void* value = nullptr) noexcept {
    ThreadContext self = context();
    kernel::exit_thread(self, value);
}

}  // namespace this_thread

}  // namespace quartet
