// SPDX-License-Identifier: MIT
//
// What goes from core to core with an interrupt, which by itself orders nothing: calls, requests by purpose, deferred work.

#include "machine.hpp"

#include <arch/cpu.hpp>
#include <kernel/irq/cross_call.hpp>
#include <kernel/irq/deferred_work.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>

#include <new>

namespace quartet::model {
namespace {

using kernel::CrossCall;
using kernel::IrqContext;
using kernel::ThreadContext;

// A call of its own to the other core, whose argument lies on the caller's side and is used again.
struct Called : OnMachine<Called> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "IRQ13", "a function on another core sees what its caller wrote, and the caller what it did", 1500, 20'000};

    u32 value = 0;

    void before() {
        start(machine::Interrupts::Controller);
        thread<&Called::call>(0);
        thread<&Called::run>(1);
    }
    static void add(IrqContext& context) noexcept { *static_cast<u32*>(context.argument()) += 1; }
    void call(ThreadContext& self) {
        value = 1;
        CrossCall there{add, &value};
        require(there.send(1).has_value(), "a call was refused");
        require(there.wait(self).has_value(), "a call did not run");
        require(value == 2, "what it did is not there");
        value = 3;
        require(there.send(1).has_value() && there.wait(self).has_value(), "a second call did not run");
        require(value == 4, "what it did is not there");
    }
    void run(ThreadContext&) {}
};
const Model<Called> called{"cross-call"};

// One call, which two cores send when it is free, and a third that withdraws it.
struct SentByTwo : OnMachine<SentByTwo> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{"IRQ13", "one call that several cores send and withdraw is under way once at a time",
                                 1500, 20'000};

    arch::Atomic<u32> ran{0};
    u32 sent[cores] = {};
    u32 prevented[cores] = {};
    CrossCall there{count, this};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&SentByTwo::send>(0);
        thread<&SentByTwo::send>(1);
        thread<&SentByTwo::withdraw>(2);
    }
    static void count(IrqContext& context) noexcept {
        static_cast<SentByTwo*>(context.argument())->ran.fetch_add(1, arch::Order::Relaxed);
    }
    void send(ThreadContext&) {
        const u32 who = this_core();
        for (u32 n = 0; n < 2; ++n) {
            if (there.send(choose(3)).has_value()) sent[who] += 1;
            yield();
        }
        while (there.under_way()) arch::relax();
    }
    void withdraw(ThreadContext&) {
        for (u32 n = 0; n < 3; ++n) {
            if (there.withdraw()) prevented[2] += 1;
            yield();
        }
    }
    void after() {
        require(ran.load(arch::Order::Relaxed) + prevented[2] == sent[0] + sent[1], "a call was lost, or ran twice");
    }
};
const Model<SentByTwo> by_two{"cross-call-shared"};

// Sent to one core after the other, while somebody withdraws it.
struct SentElsewhere : OnMachine<SentElsewhere> {
    static constexpr u32 cores = 3;
    static constexpr Claim claim{
        "IRQ13", "who withdraws a call that is sent to another core finds it in the queue where it is, or in none",
        2000, 20'000};

    arch::Atomic<u32> ran{0};
    u32 sent = 0;
    u32 prevented = 0;
    CrossCall there{count, this};

    void before() {
        start(machine::Interrupts::Controller);
        thread<&SentElsewhere::send>(0);
        thread<&SentElsewhere::withdraw>(1);
    }
    static void count(IrqContext& context) noexcept {
        static_cast<SentElsewhere*>(context.argument())->ran.fetch_add(1, arch::Order::Relaxed);
    }
    void send(ThreadContext&) {
        for (const u32 core : {1u, 2u, 1u, 2u}) {
            require(there.send(core).has_value(), "a call was refused");
            sent += 1;
            while (there.under_way()) arch::relax();
        }
    }
    void withdraw(ThreadContext&) {
        for (u32 n = 0; n < 12; ++n) {
            if (there.withdraw()) prevented += 1;
            if (choose(2) == 0) yield();
        }
    }
    void after() { require(ran.load(arch::Order::Relaxed) + prevented == sent, "a call was lost, or ran twice"); }
};
const Model<SentElsewhere> elsewhere{"cross-call-elsewhere"};

// An interrupt by purpose: the bit that says so is what orders.
struct AskedByPurpose : OnMachine<AskedByPurpose> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "SMP06", "who is asked by an interrupt sees what was written before, and no request is lost", 2000, 10'000};

    u32 written = 0;
    static inline AskedByPurpose* that = nullptr;
    static inline u32 served = 0;

    void before() {
        that = this;
        served = 0;
        start(machine::Interrupts::Controller);
        kernel::ipi::attach<kernel::ipi::Purpose::Log, serve>();
        thread<&AskedByPurpose::ask>(0);
        thread<&AskedByPurpose::wait>(1);
    }
    [[gnu::no_sanitize_thread]] static AskedByPurpose& suite() { return *that; }
    static void serve() noexcept {
        if (arch::core_id() != 1) return;
        require(suite().written != 0, "what was written is not there");
        count();
    }
    [[gnu::no_sanitize_thread, gnu::noinline]] static void count() { served += 1; }
    [[gnu::no_sanitize_thread, gnu::noinline]] static bool was_served() { return served != 0; }
    void ask(ThreadContext&) {
        written = 1;
        arch::IrqsMasked masked;
        kernel::ipi::send(1, kernel::ipi::Purpose::Log, masked);
    }
    void wait(ThreadContext&) {
        while (!was_served()) arch::relax();
    }
};
const Model<AskedByPurpose> by_purpose{"ipi"};

// Work that two cores put into two queues; each item is in one at a time.
struct Deferred : OnMachine<Deferred> {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{
        "IRQ12", "deferred work sees what was written before it was queued, in whatever queue it is", 1500, 30'000};

    kernel::WorkQueue one;
    kernel::WorkQueue other;
    arch::Atomic<u32> ran{0};
    kernel::DeferredWork work{count, this};

    void before() {
        start();
        thread<&Deferred::queue>(0);
        thread<&Deferred::queue_elsewhere>(1);
    }
    static void count(ThreadContext&, kernel::DeferredWork& work) {
        static_cast<Deferred*>(work.argument())->ran.fetch_add(1, arch::Order::Relaxed);
    }
    void put(ThreadContext& self, kernel::WorkQueue& queue) {
        require(queue.start({.affinity = 1u << this_core()}).has_value(), "a queue does not start");
        u32 done = 0;
        for (u32 n = 0; n < 2; ++n) {
            if (queue.queue(work).has_value()) done += 1;
            if (choose(2) == 0) (void)queue.cancel_and_wait(self, work);
        }
        require(queue.stop(self).has_value(), "a queue does not stop");
        (void)done;
    }
    void queue(ThreadContext& self) { put(self, one); }
    void queue_elsewhere(ThreadContext& self) { put(self, other); }
};
const Model<Deferred> deferred{"deferred-work"};

// From queue to queue, without their threads: the links are the next queue's.
struct FromQueueToQueue {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"IRQ12", "an item that leaves a queue on one core goes into another's on another",
                                 1000};

    kernel::WorkQueue queues[cores];
    kernel::DeferredWork work{nothing};

    static void nothing(ThreadContext&, kernel::DeferredWork&) {}
    void core(u32 number) {
        for (u32 round = 0; round < 2; ++round) {
            if (queues[number].queue(work).has_value()) (void)queues[number].cancel(work);
            else yield();
        }
    }
};
const Model<FromQueueToQueue> to_queue{"deferred-work-moves"};

// Whoever finds an item in no queue may do with its memory what he likes.
struct MadeAnew {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"IRQ12", "who finds an item of work in no queue has its memory to himself", 1000};

    kernel::WorkQueue queue;
    alignas(kernel::DeferredWork) std::byte room[sizeof(kernel::DeferredWork)];
    kernel::DeferredWork* work = nullptr;

    static void nothing(ThreadContext&, kernel::DeferredWork&) {}
    void before() {
        work = new (room) kernel::DeferredWork{nothing};
        require(queue.queue(*work).has_value(), "an item was refused");
    }
    void core(u32 number) {
        if (number == 0) {
            (void)queue.cancel(*work);
            return;
        }
        for (u32 tries = 0; tries < 20 && work->queued(); ++tries) yield();
        if (!work->queued()) new (room) kernel::DeferredWork{nothing};
    }
};
const Model<MadeAnew> made_anew{"deferred-work-ends"};

}  // namespace
}  // namespace quartet::model
