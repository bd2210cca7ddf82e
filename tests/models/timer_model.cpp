// SPDX-License-Identifier: MIT
//
// Timers: armed and disarmed without a lock while the interrupt of another core may fire them.

#include "machine.hpp"

#include <kernel/thread/threads.hpp>
#include <kernel/time/timer.hpp>

namespace quartet::model {
namespace {

using kernel::HandlerTimer;
using kernel::nanoseconds;
using kernel::ThreadContext;

// Started on core 0, where it fires; what the callback needs is written before each start, and used after the end that was waited for.
struct StartedAgain : OnMachine<StartedAgain> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "TMR04",
        "a callback sees what was written before its timer was started; after its end was waited for it is over", 3000,
        20'000};

    u32 written = 0;
    u32 fired = 0;
    HandlerTimer timer{fire, this};

    void before() {
        start();
        thread<&StartedAgain::play>(0);
        thread<&StartedAgain::wait>(1);
    }
    static void fire(HandlerTimer& timer) noexcept {
        auto& all = *static_cast<StartedAgain*>(timer.argument());
        require(all.written != 0, "what was written is not there");
        all.fired += 1;
    }
    void play(ThreadContext& self) {
        written = 1;
        (void)timer.start(nanoseconds(16 * 20));
        kernel::sleep_for(self, nanoseconds(16 * choose(60)));
        timer.cancel_and_wait();
        written = 2;
        (void)timer.start(nanoseconds(16 * 10));
        kernel::sleep_for(self, nanoseconds(16 * choose(40)));
    }
    void wait(ThreadContext& self) { kernel::sleep_for(self, nanoseconds(16 * choose(100))); }
    void after() { require(fired <= 2, "it fired without being started"); }
};
const Model<StartedAgain> again{"timer"};

// One core starts it, another cancels it and takes it away.
struct CancelledElsewhere : OnMachine<CancelledElsewhere> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "TMR04", "who cancels a timer that another core fires, and waits, may take away what it uses", 4000, 20'000};

    u32 used = 0;
    arch::Atomic<u32> there{0};
    HandlerTimer timer{fire, this};

    void before() {
        start();
        thread<&CancelledElsewhere::play>(0);
        thread<&CancelledElsewhere::cancel>(1);
    }
    static void fire(HandlerTimer& timer) noexcept { static_cast<CancelledElsewhere*>(timer.argument())->used += 1; }
    void play(ThreadContext& self) {
        (void)timer.start(nanoseconds(16 * 5), kernel::microseconds(10));
        there.store(1, arch::Order::Relaxed);
        kernel::sleep_for(self, nanoseconds(16 * 60));
    }
    void cancel(ThreadContext&) {
        while (there.load(arch::Order::Relaxed) == 0) yield();
        timer.cancel_and_wait();
        used = 100;
    }
};
const Model<CancelledElsewhere> cancelled{"timer-cancel"};

// The thread `timers`: made once, and who waits for a callback's end sees what it did.
struct CalledInAThread : OnMachine<CalledInAThread> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "TMR04", "callbacks of the timers' thread: it is made once, and after its end was waited for one is over", 2000,
        30'000};

    u32 used = 0;
    kernel::Timer timer{call, this};

    void before() {
        start();
        thread<&CalledInAThread::play>(0);
        thread<&CalledInAThread::make_too>(1);
    }
    static void call(ThreadContext&, kernel::Timer& timer) {
        static_cast<CalledInAThread*>(timer.argument())->used += 1;
    }
    void play(ThreadContext& self) {
        require(kernel::start_timer_thread().has_value(), "there is no thread for timers");
        used = 1;
        require(timer.start(nanoseconds(16 * 3)).has_value(), "a timer was refused");
        kernel::sleep_for(self, nanoseconds(16 * choose(30)));
        timer.cancel_and_wait(self);
        used += 1;
    }
    void make_too(ThreadContext& self) {
        require(kernel::start_timer_thread().has_value(), "there is no thread for timers");
        kernel::Timer own{[](ThreadContext&, kernel::Timer&) {}, nullptr};
        require(own.start(nanoseconds(16 * 2)).has_value(), "a timer was refused");
        kernel::sleep_for(self, nanoseconds(16 * choose(10)));
    }
};
const Model<CalledInAThread> in_a_thread{"timer-thread"};

}  // namespace
}  // namespace quartet::model
