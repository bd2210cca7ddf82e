// SPDX-License-Identifier: MIT
//
// Work that handlers and threads leave to a queue: each request is followed by a run, a cancel that says it prevented
// one did, and what a flush waits for has been done.

#include "threads.hpp"

#include <kernel/irq/deferred_work.hpp>
#include <kernel/time/timer.hpp>

#include <arch/handler.hpp>
#include <doctest/doctest.h>

#include <memory>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

void let_time_pass(u32 points) {
    for (u32 n = choose(points); n > 0; --n) arch::sim_point();
}

WorkQueue* queue = nullptr;

struct Item {
    bool alive = true;
    bool running = false;
    u32 requests = 0;
    u32 runs = 0;
    u32 seen = 0;  // requests that a run found
    DeferredWork work{run, this};

    void request() {
        requests += 1;
        SIM_CHECK(queue->queue(work).has_value());
    }
    static void run(ThreadContext& self, DeferredWork& work) {
        Item& it = *static_cast<Item*>(work.argument());
        SIM_CHECK(it.alive && !it.running && !arch::in_handler());
        it.running = true;
        it.seen = it.requests;
        it.runs += 1;
        if (choose(3) == 0) sleep_for(self, nanoseconds(choose(400)));
        let_time_pass(30);
        it.running = false;
    }
};

void request_in_handler(HandlerTimer& timer) noexcept {
    SIM_CHECK(arch::in_handler());
    static_cast<Item*>(timer.argument())->request();
}

void use_the_queue(ThreadContext& self, void*) {
    for (u32 life = 0; life < 4; ++life) {
        Item it;
        HandlerTimer timer{request_in_handler, &it};
        for (u32 turn = 0; turn < 6; ++turn) {
            (void)set_affinity(current(), 1 + choose(15));
            if (choose(2) == 0) (void)timer.start(nanoseconds(choose(600)));
            for (u32 n = choose(3); n > 0; --n) {
                it.request();
                let_time_pass(20);
            }
            let_time_pass(150);
            const u32 asked = it.requests;
            switch (choose(4)) {
                case 0:
                    SIM_CHECK(queue->flush(self, it.work).has_value());
                    SIM_CHECK(it.seen >= asked);
                    break;
                case 1:
                    SIM_CHECK(queue->flush(self).has_value());
                    SIM_CHECK(it.seen >= asked);
                    break;
                case 2: {
                    (void)timer.cancel_and_wait();
                    const u32 all = it.requests;
                    const bool prevented = queue->cancel_and_wait(self, it.work);
                    SIM_CHECK(!it.running && !it.work.queued());
                    // A request that no run saw is one that the cancel took back.
                    SIM_CHECK(prevented || it.seen == all);
                    it.seen = all;
                    const u32 runs = it.runs;
                    let_time_pass(100);
                    SIM_CHECK(it.runs == runs);
                    break;
                }
                default: break;
            }
        }
        (void)timer.cancel_and_wait();
        (void)queue->cancel_and_wait(self, it.work);
        SIM_CHECK(it.runs <= it.requests);
        it.alive = false;
    }
}

void every_request_is_followed_by_a_run() {
    auto self = start_and_await_all();
    auto here = std::make_unique<WorkQueue>();
    queue = here.get();
    SIM_CHECK(queue->start({.name = "work", .priority = static_cast<u8>(8 + choose(12)), .affinity = 1 + choose(15)})
                  .has_value());
    ThreadHandle users[4];
    for (ThreadHandle& user : users) user = must_spawn("user", static_cast<u8>(10 + choose(8)), use_the_queue, nullptr);
    for (ThreadHandle user : users) must_join(self, user);
    SIM_CHECK(queue->stop(self).has_value());
}

// Order, the end, and what must not be.
void in_order_and_to_the_end() {
    start_all();
    auto self = boot_context();
    WorkQueue one;
    WorkQueue other;
    struct Noted {
        WorkQueue* queue;
        u32 order[8] = {};
        u32 count = 0;
        Status flushed{};
        Status stopped{};
    } noted{&one};
    struct Numbered {
        Noted* noted;
        u32 number;
        DeferredWork work{[](ThreadContext&, DeferredWork& it) {
                              auto& own = *static_cast<Numbered*>(it.argument());
                              own.noted->order[own.noted->count++] = own.number;
                          },
                          this};
    };
    Numbered first{&noted, 1};
    Numbered second{&noted, 2};
    Numbered third{&noted, 3};
    // Before there is a thread they wait.
    SIM_CHECK(one.queue(first.work) && one.queue(second.work) && one.queue(first.work));
    SIM_CHECK(other.queue(first.work) == fail(Error::Busy));
    SIM_CHECK(one.flush(self) == fail(Error::Deleted) && one.stop(self) == fail(Error::Invalid));
    SIM_CHECK(one.start() && one.start() == fail(Error::Busy));
    SIM_CHECK(one.flush(self).has_value());
    SIM_CHECK(noted.count == 2 && noted.order[0] == 1 && noted.order[1] == 2);
    DeferredWork forbidden{[](ThreadContext& worker, DeferredWork& it) {
                               auto& own = *static_cast<Noted*>(it.argument());
                               own.flushed = own.queue->flush(worker);
                               own.stopped = own.queue->stop(worker);
                               (void)own.queue->cancel_and_wait(worker, it);
                           },
                           &noted};
    SIM_CHECK(one.queue(forbidden) && one.queue(third.work) && one.stop(self));
    SIM_CHECK(noted.count == 3 && noted.order[2] == 3);
    SIM_CHECK(noted.flushed == fail(Error::Deadlock) && noted.stopped == fail(Error::Deadlock));
    SIM_CHECK(one.queue(first.work) == fail(Error::Deleted));
    SIM_CHECK(one.start() && one.queue(first.work) && one.stop(self) && noted.count == 4);
}

}  // namespace

TEST_CASE("IRQ12 every request is followed by a run, unless a cancel says that it prevented it") {
    CHECK(run_seeds("IRQ12 every", 150, {}, every_request_is_followed_by_a_run));
}
TEST_CASE("IRQ12 work is done in the order of its queueing, once for each, and to the end of the queue") {
    CHECK(run_seeds("IRQ12 work", 30, {}, in_order_and_to_the_end));
}
