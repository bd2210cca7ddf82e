// SPDX-License-Identifier: MIT
//
// Calls to other cores: a function runs there in handler context, at once if that core has interrupts open. It is a handler
// in all respects: `noexcept`, with an IrqContext, so that what blocks does not compile in it. Who waits for it
// is a thread. Nothing is allocated: a call is an object of the caller's.

#pragma once

#include <arch/atomic.hpp>
#include <base/assert.hpp>
#include <base/result.hpp>
#include <kernel/irq/irq_context.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>

#include <expected>

namespace quartet::kernel {

// Handlers are short: a core that has not begun after this long stands still with interrupts masked.
inline constexpr Duration cross_call_patience = milliseconds(100);

// Which core did not do what it was asked for, and why.
struct CallFailure {
    Error error;
    u32 core;

    constexpr bool operator==(const CallFailure&) const = default;
};
using CallStatus = std::expected<void, CallFailure>;

// Runs `function` on `core` and returns when it has; its `context.argument()` is `argument`. The caller's own core is one
// like all others. What was written before is seen there, and what it did is seen after.
// Context: thread, interrupts open (two cores that call each other serve each other). Cost: an interrupt there; the caller polls.
// Errors: Invalid (no function, a core that has not started), Timeout (it had not begun in time, and now never will).
CallStatus call_core(ThreadContext& self, u32 core, IrqHandler function, void* argument,
                     Duration patience = cross_call_patience) noexcept;

// The same on all cores of `mask` (bit n: core n) at once. Where one of them has not started none is called.
// Errors: Invalid, Timeout: with the first core that it is true of. The others have run it.
CallStatus call_cores(ThreadContext& self, u32 mask, IrqHandler function, void* argument,
                      Duration patience = cross_call_patience) noexcept;
// On every core that has started.
CallStatus call_all_cores(ThreadContext& self, IrqHandler function, void* argument,
                          Duration patience = cross_call_patience) noexcept;

// A call that nobody waits for, or not at once. The object stays where it is until the function has returned.
class CrossCall {
public:
    constexpr explicit CrossCall(IrqHandler function, void* argument = nullptr)
        : function_(function), argument_(argument) {}
    ~CrossCall() { check(!under_way(), "a call to another core is destroyed before it has run"); }
    CrossCall(const CrossCall&) = delete;
    CrossCall& operator=(const CrossCall&) = delete;

    // Asks `core`, which may be the own one: there it runs as soon as interrupts are open. Calls to a core run in the order
    // in which they were sent. Context: any; locks of rank WaitQueue and above may be held. Cost: a lock, and a
    // device write where no other call is under way. Errors: Invalid (no function, a core that has not started), Busy (this one is under way).
    Status send(u32 core) noexcept;

    // Whether it was sent and its function has not returned yet. Context: any; the function itself is told yes.
    bool under_way() const noexcept {
        // Acquire pairs with the release after the function: what it did is seen.
        return state_.load(arch::Order::Acquire) != State::Idle;
    }

    // Waits until the function has returned. Context: thread, interrupts open. Errors: Timeout (it had not begun, and
    // now never will; where it has begun it is waited for, however long).
    Status wait(ThreadContext& self, Duration patience = cross_call_patience) noexcept;

    // Whether that prevented it: it had not begun. Context: any. Cost: a lock, whatever else is queued there.
    bool withdraw() noexcept;

private:
    friend struct CallQueue;

    // From `QueuedAt0` on: in the queue of the core with that number. One word, so that of a call that is sent anew nobody
    // finds the new state with the core of the time before.
    enum class State : u32 { Idle, Running, QueuedAt0 };
    static constexpr State queued_at(u32 core) { return State{static_cast<u32>(State::QueuedAt0) + core}; }

    IrqHandler function_;
    void* argument_;

    // It becomes `queued_at(n)`, and leaves that, under the lock of queue n alone, which guards the links as well; it
    // leaves Running without one.
    arch::Atomic<State> state_{State::Idle};
    CrossCall* next_ = nullptr;
    CrossCall* before_ = nullptr;
};

// Makes calls work. Context: boot, once, after irq::start.
void start_cross_calls() noexcept;

}  // namespace quartet::kernel
