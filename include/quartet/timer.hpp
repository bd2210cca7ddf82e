// SPDX-License-Identifier: MIT
//
// Timers: something is called at a time, once or again and again. Two kinds that differ in who calls: `HandlerTimer` in
// the interrupt itself, exactly on time, for callbacks that are `noexcept` and get no ThreadContext, so that they cannot
// wait; `Timer` in the timer thread (priority 28), where a callback may wait for what it likes, and keeps the next one
// waiting. A callback that is not `noexcept`, or wants a ThreadContext, does not compile in a HandlerTimer.
//
//     HandlerTimer sample{[](HandlerTimer& timer) noexcept { static_cast<Ring*>(timer.argument())->put(read()); }, &ring};
//     TRY(sample.start(1_ms, 1_ms));
//
// A timer is started and cancelled from anywhere, its own callback included; its starts come one at a time: two that meet
// do no harm, but may arm the time of one with the period of the other. When the destructor returns, no callback runs and
// none will; from another timer's callback, or from a handler, destroy only what does not run elsewhere.

#pragma once

#include <kernel/time/timer.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

// Both kinds have:
//
// `start(first, period = zero)`: the callback comes `first` from now, and every `period` after that where one is given,
//   reckoned from when it was due. One that was armed is armed anew. Periods that are over before their callback could
//   come are left out and counted. Context: any. Cost: constant; 35 instructions where it was started before, for a time that
//   was not later. Errors: Invalid (a period below `shortest_period`; a Timer, and `start_timer_thread` was not called).
// `start_at(instant, period = zero)`: the same; what is past comes at once, once.
// `restart()`: as it was started last.
// `cancel()`: whether that prevented a callback; of a periodic one, those to come. One that runs goes on. Context: any.
//   Cost: 8 instructions.
// `cancel_and_wait(…)`: and when it returns no callback runs, but for the one that it is called from. Of a Timer:
//   `(self)`, context thread that holds nothing which a callback waits for. Of a HandlerTimer: `()`, context any but another
//   timer's callback.
// `pause()`, `resume()`: stops it and keeps what was left; goes on with that. Context: any, one at a time. Errors of `resume`:
//   Invalid (it was not paused, or was started since).
// `armed()`, `remaining()`, `missed()` (callbacks that were left out): snapshots. `argument()`: as given. Context: any.

// `HandlerTimer(callback, argument = nullptr)` with `void callback(HandlerTimer&) noexcept`, in a handler.
using kernel::HandlerTimer;
// `Timer(callback, argument = nullptr)` with `void callback(ThreadContext& self, Timer&)`, in the timer thread.
using kernel::Timer;

// 10 microseconds: a shorter one would leave the core nothing but the interrupts that it makes.
using kernel::shortest_period;

// There is one timer thread for all; further calls do nothing. Without it no Timer starts. Context: thread. Errors: NoMemory.
using kernel::start_timer_thread;

}  // namespace quartet
