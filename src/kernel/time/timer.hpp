// SPDX-License-Identifier: MIT
//
// Timers: something is called at a time, once or again and again. Two kinds that differ in who calls: `HandlerTimer`
// in the interrupt itself, exactly on time, for callbacks that are `noexcept` and get no `ThreadContext`, so that they
// cannot wait; `Timer` in the timer thread, where a callback may wait for what it likes, and keeps the next one waiting.
//
// A timer is started and cancelled from anywhere, its own callback included; but its starts come one at a time: two that
// meet do no harm, yet what is armed may be the time of one with the period of the other. The interrupt is that of the core
// on which it was started. A callback may also end the life of its timer. When the destructor returns, no callback runs
// and none will; from another timer's callback, or from a handler, destroy only what does not run elsewhere.

#pragma once

#include <base/priority_list.hpp>
#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/armed_timers.hpp>
#include <kernel/time/time.hpp>
#include <kernel/time/timer_node.hpp>

namespace quartet::kernel {

// A shorter one would leave the core nothing but the interrupts that it makes.
inline constexpr Duration shortest_period = microseconds(10);

// What both kinds can do.
class TimerControl {
public:
    TimerControl(const TimerControl&) = delete;
    TimerControl& operator=(const TimerControl&) = delete;

    // The callback comes `first` from now, and every `period` after that where one is given: reckoned from when it was
    // due, so that nothing adds up. One that was armed is armed anew; a callback that is due already still comes. What
    // is past comes at once, once; periods that are over before their callback could come are left out and counted.
    // Context: any, one at a time. Cost: constant; 35 instructions where it was started before, for a time that was not later.
    // Errors: Invalid (a period below `shortest_period`; no timer thread), Deleted (it is being destroyed).
    Status start(Duration first, Duration period = Duration::zero()) noexcept;
    // `first` may be past. Errors and cost as `start`.
    Status start_at(Instant first, Duration period = Duration::zero()) noexcept;
    // As it was started last: the same time from now, the same period.
    Status restart() noexcept;

    // Returns whether that prevented a callback: of a periodic one, those to come. One that runs goes on.
    // Context: any. Cost: 8 instructions.
    bool cancel() noexcept {
        u64 word = disarm(node_, timer_word::settled);
        return timer_word::armed(word) || (word & timer_word::settled) == 0;
    }

    // `pause` stops it and keeps what was left until its next callback, to the count; `resume` goes on with that, and
    // a period goes on from there. What was due already has nothing left, and still comes. `pause` returns whether it
    // was armed. Errors of `resume`: Invalid (it was not paused, or was started since). Context: any, one at a time.
    bool pause() noexcept;
    Status resume() noexcept;

    // A snapshot. Of one that is paused: what it goes on with; of one that is neither, nothing.
    bool armed() const noexcept { return node_.armed(); }
    Duration remaining() const noexcept;

    // Callbacks of a period that were left out, since it was made. A snapshot.
    u64 missed() const noexcept { return node_.missed; }

    void* argument() const noexcept { return argument_; }

protected:
    constexpr TimerControl(TimerNode::Fire fire, void* owner, void* argument, bool deferred) : argument_(argument) {
        node_.fire = fire;
        node_.owner = owner;
        node_.deferred = deferred;
    }
    ~TimerControl() = default;

    TimerNode node_;

private:
    Status arm(u64 due, u64 now, u64 period) noexcept;
    Status arm_first(u64 due) noexcept;

    void* argument_;
    Duration first_;  // as given to the last `start`
    u64 left_inverted_ = 0;  // counts that were left when it was paused; 0: it is not
};

class HandlerTimer : public TimerControl {
public:
    // Context: handler of the timer interrupt.
    using Callback = void (*)(HandlerTimer& timer) noexcept;

    constexpr explicit HandlerTimer(Callback callback, void* argument = nullptr)
        : TimerControl(fire, this, argument, false), callback_(callback) {}
    // Waits for a callback that runs on another core.
    ~HandlerTimer() { withdraw_timer(node_); }

    // As `cancel`; and when it returns no callback runs, but for the one that it is called from.
    // Context: any but another timer's callback. Cost: the rest of one callback's run.
    bool cancel_and_wait() noexcept {
        bool prevented = cancel();
        await_fire(node_);
        return prevented;
    }

private:
    static void fire(TimerNode& node) noexcept;

    Callback callback_;
};

// Above the threads of most applications, below what has to come first whatever happens. While somebody waits for a
// callback to end (`cancel_and_wait`), the timer thread has at least his priority.
inline constexpr u8 timer_thread_priority = 28;

// There is one, for all: it exists when this returns, whoever made it. Without it no `Timer` starts. Context: thread that
// may wait. Errors: NoMemory.
Status start_timer_thread() noexcept;

class Timer : public TimerControl {
public:
    // Context: the timer thread. Whatever waits here keeps all other callbacks of this kind waiting.
    using Callback = void (*)(ThreadContext& self, Timer& timer);

    constexpr explicit Timer(Callback callback, void* argument = nullptr)
        : TimerControl(fire, this, argument, true), callback_(callback) {}
    // Context: thread, as `cancel_and_wait`.
    ~Timer();

    // As `cancel`; and when it returns its callback does not run, but for the one that it is called from.
    // Context: thread that holds nothing which a callback waits for.
    bool cancel_and_wait(ThreadContext& self) noexcept;

private:
    friend struct TimerThread;

    static void fire(TimerNode& node) noexcept;

    Callback callback_;
    PriorityLink<Timer> due_link_;  // guarded by the timer thread's lock
};

}  // namespace quartet::kernel
