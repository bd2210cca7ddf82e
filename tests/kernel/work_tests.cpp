// SPDX-License-Identifier: MIT
//
// What handlers leave to threads, and what one core has another one do.

#include "threads.hpp"

#include <arch/cpu.hpp>
#include <arch/handler.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/irq/core_work.hpp>
#include <kernel/irq/cross_call.hpp>
#include <kernel/irq/deferred_work.hpp>
#include <kernel/irq/irq.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

using Order = arch::Order;

constexpr u32 software_id = 6;

u32 core_or_first(u32 core) { return irq::core_started(core) ? core : 0; }

struct Job {
    WorkQueue* queue = nullptr;
    CoreWork* per_core = nullptr;
    Semaphore may_end{0};
    arch::Atomic<u32> asked{0};
    arch::Atomic<u32> begun{0};
    arch::Atomic<u32> ended{0};
    u32 core = 99;
    u8 priority = 0;
    bool in_handler = true;
    bool waits = false;
    DeferredWork work{run, this};

    static void run(ThreadContext& self, DeferredWork& work) {
        Job& job = *static_cast<Job*>(work.argument());
        job.core = arch::core_id();
        job.priority = self.thread().base_priority;
        job.in_handler = arch::in_handler();
        job.begun.fetch_add(1, Order::Release);
        if (job.waits) static_cast<void>(job.may_end.take(self));
        job.ended.fetch_add(1, Order::Release);
    }
};

void ask(IrqContext& context) noexcept {
    Job& job = *static_cast<Job*>(context.argument());
    static_cast<void>(job.per_core != nullptr ? job.per_core->queue(job.work) : job.queue->queue(job.work));
    job.asked.fetch_add(1, Order::Release);
}

bool becomes(const arch::Atomic<u32>& count, u32 value) {
    return comes_true([&] { return count.load(Order::Acquire) == value; });
}

}  // namespace

SELFTEST("IRQ12",
         "what a handler queues runs once in the queue's thread, once more when it was asked for while it ran") {
    TestFlow flow{1};
    const u32 core = core_or_first(2);
    WorkQueue queue;
    Job job;
    job.queue = &queue;
    job.waits = true;
    EXPECT(queue.start({.name = "work", .priority = test_priority + 1, .affinity = 1u << core}).has_value());
    EXPECT(queue.start() == fail(Error::Busy));
    REQUIRE(irq::attach(software_id, ask, &job, {.name = "selftest"}).has_value());
    EXPECT(irq::enable(software_id).has_value());
    EXPECT(irq::trigger(software_id, core_or_first(1)).has_value());
    EXPECT(becomes(job.begun, 1));
    EXPECT_EQ(job.core, core);
    EXPECT_EQ(job.priority, test_priority + 1);
    EXPECT(!job.in_handler);
    for (u32 n = 2; n < 6; ++n) {
        EXPECT(irq::trigger(software_id, core_or_first(1)).has_value());
        EXPECT(becomes(job.asked, n));
    }
    EXPECT(job.work.queued());
    EXPECT(job.may_end.give().has_value());
    EXPECT(becomes(job.begun, 2));
    EXPECT(!job.work.queued());
    // Taken back, and asked for anew.
    EXPECT(irq::trigger(software_id, core_or_first(1)).has_value());
    EXPECT(becomes(job.asked, 6));
    EXPECT(queue.cancel(job.work));
    EXPECT(!queue.cancel(job.work));
    EXPECT(job.may_end.give().has_value());
    EXPECT(!queue.cancel_and_wait(flow.self, job.work));
    EXPECT_EQ(job.begun.load(Order::Acquire), 2u);
    EXPECT_EQ(job.ended.load(Order::Acquire), 2u);
    job.waits = false;
    EXPECT(irq::trigger(software_id, core_or_first(1)).has_value());
    EXPECT(becomes(job.asked, 7));
    EXPECT(queue.flush(flow.self, job.work).has_value());
    EXPECT_EQ(job.ended.load(Order::Acquire), 3u);
    EXPECT(irq::detach(software_id).has_value());
    EXPECT(queue.stop(flow.self).has_value());
    EXPECT(queue.queue(job.work) == fail(Error::Deleted));
    EXPECT(queue.stop(flow.self) == fail(Error::Invalid));
}

SELFTEST("IRQ12",
         "asked for from all cores at once, work is done after the last request, and not more often than asked") {
    TestFlow flow{every_core};
    WorkQueue queue;
    Job job;
    job.queue = &queue;
    EXPECT(queue.start({.name = "work", .priority = test_priority + 1}).has_value());
    REQUIRE(irq::attach(software_id, ask, &job, {.name = "selftest"}).has_value());
    EXPECT(irq::enable(software_id).has_value());
    const u64 rounds = run.scaled(1'000'000);
    arch::Atomic<u32> by_threads{0};
    on_every_core(run, [&](u32 core) {
        for (u64 n = 0; n < rounds; ++n) {
            EXPECT(irq::trigger(software_id, core).has_value());
            if (n % 5 == 0) {
                EXPECT(queue.queue(job.work).has_value());
                by_threads.fetch_add(1, Order::Relaxed);
            }
            if (n % 7 == 0) static_cast<void>(queue.cancel(job.work));
        }
    });
    // A thread on each core: what was sent to it has been taken before it runs.
    on_every_core(run, [](u32) {});
    EXPECT(irq::detach(software_id).has_value());
    const u32 before = job.ended.load(Order::Acquire);
    EXPECT(queue.queue(job.work).has_value());
    EXPECT(queue.flush(flow.self).has_value());
    const u32 ended = job.ended.load(Order::Acquire);
    EXPECT(ended > before);
    EXPECT(ended <= job.asked.load(Order::Acquire) + by_threads.load(Order::Relaxed) + 1);
    EXPECT_EQ(job.begun.load(Order::Acquire), ended);
    EXPECT(queue.stop(flow.self).has_value());
}

SELFTEST("IRQ12", "what a handler leaves to its core's queue is done on that core") {
    TestFlow flow{1};
    CoreWork work;
    Job job;
    job.per_core = &work;
    EXPECT(work.start(flow.self, {.name = "core-work", .priority = test_priority + 1}).has_value());
    REQUIRE(irq::attach(software_id, ask, &job, {.name = "selftest"}).has_value());
    EXPECT(irq::enable(software_id).has_value());
    u32 done = 0;
    for (u32 core = 0; core < max_cores; ++core) {
        if (!irq::core_started(core)) continue;
        EXPECT(irq::trigger(software_id, core).has_value());
        done += 1;
        EXPECT(becomes(job.ended, done));
        EXPECT_EQ(job.core, core);
    }
    EXPECT(irq::detach(software_id).has_value());
    EXPECT(work.stop(flow.self).has_value());
    EXPECT(work.stop(flow.self) == fail(Error::Invalid));
}

// --- Calls to other cores ------------------------------------------------------------------------------------------

namespace {

struct Called {
    arch::Atomic<u32> on[max_cores];
    arch::Atomic<u32> outside_handler{0};
};

void note_core(IrqContext& context) noexcept {
    Called& called = *static_cast<Called*>(context.argument());
    called.on[context.core() % max_cores].fetch_add(1, Order::Relaxed);
    if (!arch::in_handler()) called.outside_handler.fetch_add(1, Order::Relaxed);
}

u32 started_cores() {
    u32 mask = 0;
    for (u32 core = 0; core < max_cores; ++core) mask |= irq::core_started(core) ? 1u << core : 0;
    return mask;
}

}  // namespace

SELFTEST("IRQ13", "a call runs once, in a handler, on each core that it was made to, the own one too") {
    TestFlow flow{every_core};
    Called called;
    u32 wanted[max_cores] = {};
    u32 late = 0;
    for (u64 n : run.rounds(1'000'000)) {
        const u32 mask = (1 + static_cast<u32>(n) % 15) & started_cores();
        if (mask == 0) continue;
        const CallStatus status = call_cores(flow.self, mask, note_core, &called);
        for (u32 core = 0; core < max_cores; ++core) wanted[core] += mask >> core & 1;
        if (!status) {
            // Where the host kept a core from running for as long as a call waits, which it does now and then.
            late += 1;
            EXPECT(status.error().error == Error::Timeout && late <= 5);
            for (u32 core = 0; core < max_cores; ++core) wanted[core] = called.on[core].load(Order::Relaxed);
        }
        for (u32 core = 0; core < max_cores; ++core) EXPECT_EQ(called.on[core].load(Order::Relaxed), wanted[core]);
        if (run.failed()) break;
    }
    EXPECT_EQ(called.outside_handler.load(Order::Relaxed), 0u);
    EXPECT(call_core(flow.self, 7, note_core, &called) == CallStatus{std::unexpected{CallFailure{Error::Invalid, 7}}});
    EXPECT(call_core(flow.self, 0, nullptr, &called) == CallStatus{std::unexpected{CallFailure{Error::Invalid, 0}}});
}

SELFTEST("IRQ13", "a core that stands still with interrupts masked is named, and never runs the call") {
    if (!irq::core_started(1)) SKIP("needs a second core");
    TestFlow flow{1};
    Called called;
    arch::Atomic<u32> stage{0};
    TestThread stands{run, flow, {.name = "stands", .priority = test_priority, .affinity = 2}, [&](ThreadContext&) {
                          arch::IrqsMasked masked;
                          stage.store(1, Order::Release);
                          while (stage.load(Order::Acquire) != 2) arch::relax();
                      }};
    EXPECT(comes_true([&] { return stage.load(Order::Acquire) == 1; }));
    EXPECT(call_core(flow.self, 1, note_core, &called, milliseconds(5)) ==
           CallStatus{std::unexpected{CallFailure{Error::Timeout, 1}}});
    // One that is left to wait runs when the core is back, behind nothing that was withdrawn.
    CrossCall patient{note_core, &called};
    CrossCall withdrawn{note_core, &called};
    EXPECT(withdrawn.send(1).has_value());
    EXPECT(patient.send(1).has_value());
    EXPECT(patient.send(0) == fail(Error::Busy));
    EXPECT(withdrawn.withdraw());
    EXPECT(!withdrawn.withdraw());
    stage.store(2, Order::Release);
    stands.join();
    EXPECT(patient.wait(flow.self, seconds(10)).has_value());
    EXPECT_EQ(called.on[1].load(Order::Relaxed), 1u);
    EXPECT_EQ(called.on[0].load(Order::Relaxed), 0u);
}
