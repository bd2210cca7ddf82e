// SPDX-License-Identifier: MIT
//
// A handler whose work is done by a thread of its own, which may wait, lock and allocate. The interrupt itself runs a quick part,
// where there is one, and wakes the thread. A level line stays masked from there until the thread has done its
// work, because its device keeps it up until then; an edge is over when it was acknowledged, and one that comes while
// the thread works makes it work once more.

#pragma once

#include <arch/atomic.hpp>
#include <base/assert.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/wait/semaphore.hpp>

namespace quartet::kernel::irq {

// What the quick part says: there is nothing more to do, or the thread has to work.
enum class Quick : u8 { Done, RunThread };

// Above the threads of most applications, below the timer thread.
inline constexpr u8 irq_thread_priority = 24;

struct ThreadedOptions {
    Options line{};
    ThreadOptions thread{.name = "irq", .priority = irq_thread_priority};
};

// The caller's, and stays where it is until it is detached.
class ThreadedHandler {
public:
    // Context: handler; `context.argument()` is the one given here.
    using QuickPart = Quick (*)(IrqContext& context) noexcept;
    // Context: its thread. It cannot be terminated, and its waits last, whatever is asked of it.
    using Work = void (*)(ThreadContext& self, void* argument);

    // Without a quick part every interrupt is the thread's.
    constexpr explicit ThreadedHandler(Work work, void* argument = nullptr, QuickPart quick = nullptr)
        : quick_(quick), work_(work), argument_(argument) {}
    ~ThreadedHandler() {
        check(state_.load(arch::Order::Relaxed) == State::Free,
              "a handler is destroyed that is attached; detach it before");
    }
    ThreadedHandler(const ThreadedHandler&) = delete;
    ThreadedHandler& operator=(const ThreadedHandler&) = delete;

private:
    friend struct ThreadedLine;

    enum class State : u8 { Free, Attaching, Attached, Leaving };

    QuickPart quick_;
    Work work_;
    void* argument_;

    u32 id_ = 0;
    bool masks_ = false;  // the line is masked while the thread works
    arch::Atomic<bool> busy_{false};  // and this is so: it has been woken and has not done its work
    arch::Atomic<State> state_{State::Free};
    arch::Atomic<bool> stopping_{false};
    Semaphore wake_{0, 1};  // more than once is as much as once
    ThreadHandle thread_;
};

// `id` wakes a new thread, once `enable` was called. A software interrupt counts as an edge; the other ids below 32, which each
// core masks for itself, have no threaded handler. `disable` keeps the line masked when the thread has done its work; `enable` does not
// open it before that. On a level line one interrupt more than needed may come, and with it a run of the thread that finds nothing to
// do: after such an `enable`; and on a board, where the device takes its level back later than the write that told it to returns.
// Context: thread or boot flow. Cost: as `spawn`; an interrupt: a device write where the line is level, and a wake-up.
// Errors: Invalid (no such id, an id of 16-31, options that no thread can have, a core that has not started), Busy (the line has
// a handler; `handler` is attached already), NoMemory.
Status attach_threaded(u32 id, ThreadedHandler& handler, const ThreadedOptions& options = {}) noexcept;

// Disables the line, waits until the thread has ended, which it does after the work that it is at, and forgets both. An interrupt
// that the thread has not come to is dropped.
// Context: thread. Errors: Invalid (not attached), Deadlock (its own thread), Timeout (the quick part did not end in 100 ms: the line
// is disabled and has no thread any more, and may be detached again).
Status detach_threaded(ThreadContext& self, ThreadedHandler& handler) noexcept;

}  // namespace quartet::kernel::irq
