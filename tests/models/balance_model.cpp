// SPDX-License-Identifier: MIT
//
// Who runs where: a thread that waits on one core while another core's level drops is moved by one of the two. Where both
// miss each other, it waits for ever beside an idle core.

#include "machine.hpp"

#include <arch/cpu.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/wait/semaphore.hpp>

namespace quartet::model {
namespace {

using kernel::ThreadContext;

// On core 0 one ends and leaves the core to its idle thread; on core 1 one wakes another that is less important than
// itself, and does not let go of its core before that one has run.
struct IdleCoreTakesIt : OnMachine<IdleCoreTakesIt> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"SMP02", "B1: who waits while another core's level drops is run there", 4000, 6000};

    kernel::Semaphore go{0};
    arch::Atomic<u32> ran{0};

    void before() {
        start();
        thread<&IdleCoreTakesIt::end>(0, 20);
        movable_thread<&IdleCoreTakesIt::run>(3, 24);
        thread<&IdleCoreTakesIt::wake_it>(1, 20);
    }
    void end(ThreadContext&) {}
    void run(ThreadContext& self) {
        (void)kernel::set_priority(kernel::current(), 8);
        (void)go.take(self);
        ran.store(1, arch::Order::Relaxed);
    }
    void wake_it(ThreadContext&) {
        (void)go.give();
        while (ran.load(arch::Order::Relaxed) == 0) arch::relax();
    }
};
const Model<IdleCoreTakesIt> takes_it{"idle-core"};

// The same at the same moment, and the one who is woken slept.
struct IdleCoreTakesWhoWakes : OnMachine<IdleCoreTakesWhoWakes> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"SMP02", "B1: who wakes up while another core's level drops is run there", 2000,
                                 10'000};

    kernel::Semaphore go{0};
    arch::Atomic<u32> about_to{0};
    arch::Atomic<u32> ran{0};

    void before() {
        start();
        thread<&IdleCoreTakesWhoWakes::end>(0, 20);
        movable_thread<&IdleCoreTakesWhoWakes::run>(3, 8);
        thread<&IdleCoreTakesWhoWakes::wake_it>(1, 20);
    }
    void end(ThreadContext&) {
        while (about_to.load(arch::Order::Relaxed) == 0) arch::relax();
        for (u32 n = choose(24); n > 0; --n) arch::relax();
    }
    void run(ThreadContext& self) {
        (void)go.take(self);
        ran.store(1, arch::Order::Relaxed);
    }
    void wake_it(ThreadContext& self) {
        kernel::sleep_for(self, kernel::nanoseconds(16 * 200));  // so that it comes to its wait
        about_to.store(1, arch::Order::Relaxed);
        for (u32 n = choose(24); n > 0; --n) arch::relax();
        (void)go.give();
        while (ran.load(arch::Order::Relaxed) == 0) arch::relax();
    }
};
const Model<IdleCoreTakesWhoWakes> takes_who_wakes{"idle-core-wakes"};

// Two movable threads are woken from everywhere while they are moved about.
struct WokenOnTheWay : OnMachine<WokenOnTheWay> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"SMP04", "a thread that goes from core to core loses no wake-up", 1500, 20'000};

    kernel::Semaphore ping{0};
    kernel::Semaphore pong{0};
    u32 passed = 0;

    void before() {
        start();
        movable_thread<&WokenOnTheWay::serve>(7, 20);
        movable_thread<&WokenOnTheWay::ask>(7, 20);
        thread<&WokenOnTheWay::be_in_the_way>(2, 22);
    }
    void serve(ThreadContext& self) {
        for (u32 n = 0; n < 2; ++n) {
            (void)ping.take(self);
            passed += 1;
            (void)pong.give();
        }
    }
    void ask(ThreadContext& self) {
        for (u32 n = 1; n <= 2; ++n) {
            (void)ping.give();
            (void)pong.take(self);
            require(passed == n, "what was written is not there");
        }
    }
    void be_in_the_way(ThreadContext& self) {
        for (u32 n = 0; n < 2; ++n) kernel::sleep_for(self, kernel::nanoseconds(20));
    }
};
const Model<WokenOnTheWay> on_the_way{"moved"};

// One is placed on another core than the one where he slept, where somebody else runs by now, who changes at that moment
// where he may run.
struct ChangedOnTheWay : OnMachine<ChangedOnTheWay> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{
        "SMP03", "who finds the core of a thread that is being moved finds the thread as it was left", 2000, 20'000};

    kernel::Semaphore go{0};
    kernel::Semaphore known{0};
    arch::Atomic<u32> about_to{0};
    kernel::ThreadHandle moved;
    u32 done = 0;

    void before() {
        start();
        thread<&ChangedOnTheWay::wake>(0, 20);
        thread<&ChangedOnTheWay::change>(1, 20);
    }
    static void run(ThreadContext& self, void* suite) {
        auto& all = *static_cast<ChangedOnTheWay*>(suite);
        (void)all.known.give();
        (void)all.go.take(self);
        all.done += 1;
    }
    void wake(ThreadContext& self) {
        const auto made = kernel::spawn({.priority = 22, .affinity = 2}, run, this);
        require(made.has_value(), "a thread was not made");
        moved = *made;
        (void)known.give();
        while (about_to.load(arch::Order::Relaxed) == 0) arch::relax();
        for (u32 n = choose(16); n > 0; --n) arch::relax();
        (void)go.give();
        (void)kernel::join(self, *made);
        require(done == 1, "it did not run");
    }
    void change(ThreadContext& self) {
        for (u32 n = 0; n < 2; ++n) (void)known.take(self);  // it is known, and has come to its wait or nearly
        (void)kernel::set_affinity(moved, 6);
        about_to.store(1, arch::Order::Relaxed);
        for (u32 n = 0; n < 6; ++n) (void)kernel::set_affinity(moved, 6);
    }
};
const Model<ChangedOnTheWay> changed{"changed-on-the-way"};

// What may run anywhere is sent elsewhere.
struct SentElsewhere : OnMachine<SentElsewhere> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"SMP03", "a thread whose cores change while it is woken runs where it may", 2000,
                                 20'000};

    kernel::Semaphore go{0};
    kernel::ThreadHandle moved;
    u32 done = 0;

    void before() {
        start();
        thread<&SentElsewhere::send>(0, 20);
    }
    static void run(ThreadContext& self, void* suite) {
        auto& all = *static_cast<SentElsewhere*>(suite);
        (void)all.go.take(self);
        all.done += 1;
    }
    static void wake_it(ThreadContext&, void* suite) { (void)static_cast<SentElsewhere*>(suite)->go.give(); }
    void send(ThreadContext& self) {
        const auto made = kernel::spawn({.priority = 21, .affinity = 2}, run, this);
        const auto waker = kernel::spawn({.priority = 20, .affinity = 2}, wake_it, this);
        require(made.has_value() && waker.has_value(), "a thread was not made");
        (void)kernel::set_affinity(*made, 1);
        (void)kernel::join(self, *made);
        (void)kernel::join(self, *waker);
        require(done == 1, "it did not run");
    }
};
const Model<SentElsewhere> elsewhere{"sent-elsewhere"};

}  // namespace
}  // namespace quartet::model
