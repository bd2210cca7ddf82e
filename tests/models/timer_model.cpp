// SPDX-License-Identifier: MIT
//
// Timers: armed and disarmed without a lock while the interrupt of another core may fire them.

#include "machine.hpp"

#include <arch/barrier.hpp>
#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
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
    HandlerTimer other{fire_other};  // what the first one's interrupt is at when its own is over

    void before() {
        start();
        thread<&CancelledElsewhere::play>(0);
        thread<&CancelledElsewhere::cancel>(1);
    }
    static void fire(HandlerTimer& timer) noexcept { static_cast<CancelledElsewhere*>(timer.argument())->used += 1; }
    static void fire_other(HandlerTimer&) noexcept {}
    void play(ThreadContext& self) {
        (void)timer.start(nanoseconds(16 * 5), kernel::microseconds(10));
        (void)other.start(nanoseconds(16 * 5));
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

// The half without a lock, by a caller who was moved to another core in the middle of it: on core 0, in whose queue the timer lies, he
// found that it does, and goes on on core 1.
struct MovedMeanwhile : OnMachine<MovedMeanwhile> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "TMR04", "a timer is on time though who started it was moved to another core meanwhile", 2000, 20'000};
    static constexpr u64 period = 1'000'000;  // counts: a period later is too late

    kernel::TimerNode node;
    arch::Atomic<u32> there{0};
    arch::Atomic<u32> over{0};
    u64 due = 0;  // these two are not of the cores' memory
    bool on_time = false;

    void before() {
        node.fire = fire;
        node.owner = this;
        start();
        thread<&MovedMeanwhile::start_it>(0);
        thread<&MovedMeanwhile::go_on>(1);
    }
    [[gnu::no_sanitize_thread]] static void fire(kernel::TimerNode& fired) noexcept {
        auto& all = *static_cast<MovedMeanwhile*>(fired.owner);
        if (all.due != 0 && arch::counter() >= all.due) all.on_time = true;
    }
    [[gnu::no_sanitize_thread, gnu::noinline]] bool waits() const { return !on_time && arch::counter() < due + 5000; }
    [[gnu::no_sanitize_thread, gnu::noinline]] bool came() const { return on_time; }
    [[gnu::no_sanitize_thread, gnu::noinline]] u64 choose_due() { return due = arch::counter() + 50; }
    void start_it(ThreadContext&) {
        const bool twice = choose(2) == 0;  // else it has a period
        if (!twice) node.period.store(period, arch::Order::Relaxed);
        {
            arch::IrqsMasked masked;
            kernel::arm_timer(node, {arch::counter() + 10}, masked);
            if (twice) kernel::arm_timer(node, {arch::counter() + period}, masked);
        }
        arch::full_fence();
        there.store(1, arch::Order::Relaxed);
        while (over.load(arch::Order::Relaxed) == 0) arch::relax();
        arch::IrqsMasked masked;
        kernel::cancel_timer(node, masked);
    }
    void go_on(ThreadContext&) {
        while (there.load(arch::Order::Relaxed) == 0) arch::relax();
        arch::full_fence();  // one flow, so far
        for (u32 n = choose(12); n > 0; --n) arch::relax();
        if (kernel::arm_in_place(node, choose_due(), 0)) {
            while (waits()) arch::relax();
            require(came(), "it did not come");
        }
        over.store(1, arch::Order::Relaxed);
    }
};
const Model<MovedMeanwhile> moved{"timer-moved"};

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

void do_nothing(ThreadContext&, kernel::Timer&) {}

// One core makes the thread, another has timers as soon as it is there: ones that run, and ones that only end.
struct FoundWhenMade : OnMachine<FoundWhenMade> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"TMR04", "who finds the timers' thread finds all that it works with", 2000, 30'000};

    bool runs = false;

    void before() {
        runs = choose(2) == 0;
        start();
        // Above that thread, which goes to the third core, so that neither comes upon its traces in a run queue.
        thread<&FoundWhenMade::make>(0, 30);
        thread<&FoundWhenMade::have_some>(1, 30);
    }
    void make(ThreadContext&) { require(kernel::start_timer_thread().has_value(), "there is no thread for timers"); }
    void have_some(ThreadContext& self) {
        if (runs) {
            kernel::Timer own{do_nothing, nullptr};
            while (!own.start(nanoseconds(16 * 2))) arch::relax();
            while (own.armed()) arch::relax();
            return;
        }
        for (u32 n = 0; n < 4; ++n) {
            kernel::Timer own{do_nothing, nullptr};
            if (choose(2) == 0) (void)own.cancel_and_wait(self);
        }
    }
};
const Model<FoundWhenMade> found_when_made{"timer-thread-found"};

// There is no memory for the thread at first, and then there is.
struct MadeAtTheSecondTry : OnMachine<MadeAtTheSecondTry> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"TMR04", "who makes the timers' thread after another could not finds what that left",
                                 2000, 30'000};

    void before() {
        start();
        thread<&MadeAtTheSecondTry::refuse>(0);
        thread<&MadeAtTheSecondTry::make>(1);
    }
    void make(ThreadContext&) {
        while (!kernel::start_timer_thread()) yield();
    }
    void refuse(ThreadContext& self) {
        machine::refuse_a_record();
        make(self);
    }
};
const Model<MadeAtTheSecondTry> second_try{"timer-thread-refused"};

// Cancelled before its callback began, and started anew at once: the thread that was about to call it, on another core, calls
// it for the second start.
struct CancelledAndStarted : OnMachine<CancelledAndStarted> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "TMR04", "a callback sees what was written before the start that it comes from, though another was cancelled",
        4000, 30'000};

    u32 written = 0;
    u32 called = 0;
    kernel::Timer timer{call, this};

    void before() {
        start();
        thread<&CancelledAndStarted::play>(0, 30);  // above the timers' thread, which goes to the other core
    }
    static void call(ThreadContext&, kernel::Timer& timer) {
        auto& all = *static_cast<CancelledAndStarted*>(timer.argument());
        all.called = all.written;
    }
    void play(ThreadContext& self) {
        require(kernel::start_timer_thread().has_value(), "there is no thread for timers");
        for (u32 n = 1; n <= 3; ++n) {
            written = n;
            require(timer.start(nanoseconds(16)).has_value(), "a timer was refused");
            while (timer.armed()) arch::relax();
            for (u32 turns = choose(30); turns > 0; --turns) arch::relax();
            // It was prevented, or is waited for: what it uses is ours.
            if (!timer.cancel()) (void)timer.cancel_and_wait(self);
        }
    }
};
const Model<CancelledAndStarted> and_started{"timer-thread-again"};

}  // namespace
}  // namespace quartet::model
