// SPDX-License-Identifier: MIT
//
// All services at once: threads on four cores that do any of it in any order, interrupts and timers among them, and
// somebody above them who moves them, lets them stand still and changes their priorities. Each service has a
// model that is too simple to be wrong: what was given is had or still there, who owns is alone, what was sent comes once,
// what was allocated is nobody else's. What holds at each rest is looked at in each of them (invariants.hpp).

#include "../host/fake_ram.hpp"
#include "controller.hpp"
#include "invariants.hpp"
#include "threads.hpp"

#include <kernel/irq/cross_call.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/irq_context.hpp>
#include <kernel/thread/thread_control.hpp>
#include <kernel/time/timer.hpp>
#include <kernel/wait/condition.hpp>
#include <kernel/wait/message_queue.hpp>
#include <mm/cache.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <set>
#include <utility>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 worker_count = 5;
constexpr u32 mutex_count = 3;
constexpr u32 rounds = 25;
constexpr u32 line = 40;

u8 any_priority() { return static_cast<u8>(8 + choose(16)); }
void let_time_pass(u32 points) {
    for (u32 n = choose(points); n > 0; --n) arch::sim_point();
}

// --- What is given is had once

Semaphore units{2};
u32 given = 2;
u32 had = 0;

void give() {
    given += 1;
    SIM_CHECK(units.give().has_value());
}
void take(ThreadContext& self) {
    if (units.take_for(self, nanoseconds(choose(4000))).has_value()) had += 1;
}

// --- Who owns is alone

struct Owned {
    Mutex mutex;
    const Thread* inside = nullptr;
};
Owned owned[mutex_count];
Condition condition;  // of the first

bool enter(ThreadContext& self, Owned& it) {
    AtWork at_work;
    const Status locked = choose(3) == 0 ? it.mutex.lock(self) : it.mutex.lock_for(self, nanoseconds(1 + choose(9000)));
    if (!locked.has_value() && locked.error() != Error::OwnerDead) {
        SIM_CHECK(locked.error() == Error::Timeout || locked.error() == Error::Deadlock);
        return false;
    }
    // Who was inside has ended there; nobody else is ever left behind.
    if (locked.has_value()) SIM_CHECK(it.inside == nullptr);
    it.inside = &self.thread();
    return true;
}
void leave(ThreadContext& self, Owned& it) {
    AtWork at_work;
    SIM_CHECK(it.inside == &self.thread());
    it.inside = nullptr;
    SIM_CHECK(it.mutex.unlock(self).has_value());
}
void wait_inside(ThreadContext& self, Owned& it) {
    AtWork at_work;
    it.inside = nullptr;
    const Status waited = condition.wait_for(self, it.mutex, nanoseconds(1 + choose(3000)));
    SIM_CHECK(it.mutex.owned_by(self.thread()));
    SIM_CHECK(it.inside == nullptr || waited == Status{fail(Error::OwnerDead)});
    it.inside = &self.thread();
}

// --- What is sent comes once

struct Message {
    u32 sender;
    u32 number;
};
MessageQueue<Message, 3> queue;
std::set<std::pair<u32, u32>> received;

void receive(ThreadContext& self, Duration limit) {
    if (Result<Message> message = queue.receive_for(self, limit); message.has_value())
        SIM_CHECK(received.insert({message->sender, message->number}).second);
}

// --- What is allocated is nobody else's

struct Memory {
    fakes::FakeFrames of{8_MiB};
    mm::Cache cache{"objects", 48, 16, of.frames};
};
std::optional<Memory> memory;
u64 held_frames = 0;

// --- One worker

struct Worker {
    u32 number = 0;
    ThreadHandle thread;
    u8 base = 0;
    u32 suspensions = 0;
    u32 steps = 0;
    u32 sent = 0;
    Owned* holds = nullptr;
    u8* object = nullptr;
    std::optional<PhysAddr> frame;
    u32 timers_started = 0;
    u32 timers_prevented = 0;
    u32 timers_fired = 0;
    HandlerTimer timer{[](HandlerTimer& it) noexcept {
                           static_cast<Worker*>(it.argument())->timers_fired += 1;
                           give();
                       },
                       this};
    u32 calls = 0;
};
Worker* workers = nullptr;

void use_mutex(ThreadContext& self, Worker& me) {
    if (me.holds == nullptr) {
        Owned& wanted = owned[choose(mutex_count)];
        if (enter(self, wanted)) me.holds = &wanted;
    } else if (me.holds == &owned[0] && choose(3) == 0) {
        wait_inside(self, owned[0]);
    } else {
        leave(self, *me.holds);
        me.holds = nullptr;
        condition.signal();
    }
}

void use_memory(Worker& me) {
    AtWork at_work;
    const auto stamp = static_cast<u8>(me.number + 1);
    if (me.object == nullptr) {
        me.object = static_cast<u8*>(*memory->cache.allocate());
        for (u32 n = 0; n < 48; ++n) me.object[n] = stamp;
    } else if (choose(2) == 0) {
        for (u32 n = 0; n < 48; ++n) SIM_CHECK(me.object[n] == stamp);
        memory->cache.free(std::exchange(me.object, nullptr));
    } else if (!me.frame) {
        auto frame = memory->of.frames.allocate(1);
        SIM_CHECK(frame.has_value());
        held_frames += 2;
        me.frame = *frame;
        *memory->of.ram.at(*frame) = std::byte{stamp};
    } else {
        SIM_CHECK(*memory->of.ram.at(*me.frame) == std::byte{stamp});
        memory->of.frames.free(*me.frame, 1);
        held_frames -= 2;
        me.frame.reset();
    }
}

void use_timer(Worker& me) {
    if (me.timer.armed()) {
        me.timers_prevented += me.timer.cancel() ? 1u : 0u;
    } else {
        me.timers_started += 1;
        SIM_CHECK(me.timer.start(nanoseconds(choose(4000))).has_value());
    }
}

void live_as_a_child(ThreadContext& self, void*) {
    for (u32 n = choose(4); n > 0; --n) {
        take(self);
        // Where it is ended before it has given the mutex back, it is at work until it is gone.
        AtWork at_work;
        if (Owned& it = owned[choose(mutex_count)]; enter(self, it)) {
            if (choose(2) == 0) sleep_for(self, nanoseconds(choose(1500)));
            leave(self, it);
        }
    }
    exit_thread(self, &units);
}

void raise_a_child(ThreadContext& self) {
    auto child = spawn({.name = "child", .priority = any_priority()}, live_as_a_child, nullptr);
    SIM_CHECK(child.has_value());
    let_time_pass(150);
    const bool ended = choose(2) == 0;
    if (ended) SIM_CHECK(terminate(self, *child).has_value());
    Result<ThreadEnd> end = join_end(self, *child);
    SIM_CHECK(end.has_value() && (end->terminated ? ended : end->value == &units));
}

// A device that holds its line until its handler has been there.
bool line_up = false;
u32 raised = 0;
u32 served = 0;

void serve(IrqContext&) noexcept {
    SIM_CHECK(line_up);
    served += 1;
    lower_line(line);
    give();
    line_up = false;  // now it may be raised again, and the run may end
}
void want_service() {
    if (line_up) return;
    line_up = true;
    raised += 1;
    raise_line(line);
}

void call_a_core(ThreadContext& self, Worker& me) {
    auto count = [](IrqContext& context) noexcept { *static_cast<u32*>(context.argument()) += 1; };
    const u32 before = me.calls;
    SIM_CHECK(call_core(self, choose(max_cores), count, &me.calls).has_value());
    SIM_CHECK(me.calls == before + 1);
}

void sleep_a_while(ThreadContext& self) {
    const Instant end = after(now(), nanoseconds(choose(3000)));
    sleep_until(self, end);
    SIM_CHECK(now() >= end);
}

void do_anything(ThreadContext& self, Worker& me) {
    switch (choose(13)) {
        case 0: return yield(self);
        case 1: return sleep_a_while(self);
        case 2: return take(self);
        case 3: return give();
        case 4:
        case 5: return use_mutex(self, me);
        case 6:
            if (queue.send_for(self, {me.number, me.sent}, nanoseconds(choose(3000))).has_value()) me.sent += 1;
            return;
        case 7: return receive(self, nanoseconds(choose(3000)));
        case 8: return use_memory(me);
        case 9: return use_timer(me);
        case 10:
            // It may want what its parent has, who waits for its end.
            if (me.holds == nullptr) raise_a_child(self);
            return;
        case 11: return want_service();
        case 12: return call_a_core(self, me);
    }
}

void work(ThreadContext& self, void* argument) {
    Worker& me = *static_cast<Worker*>(argument);
    for (u32 round = 0; round < rounds; ++round) {
        me.steps += 1;
        do_anything(self, me);
        let_time_pass(40);
    }
    if (me.holds != nullptr) leave(self, *me.holds);
    while (me.object != nullptr || me.frame) use_memory(me);
    me.timers_prevented += me.timer.cancel_and_wait() ? 1u : 0u;
    SIM_CHECK(me.timers_started == me.timers_fired + me.timers_prevented);
}

// --- Who is above them

void command(ThreadContext& self, Worker& worker) {
    switch (choose(5)) {
        case 0: {
            AtWork at_work;
            worker.base = any_priority();
            SIM_CHECK(set_priority(worker.thread, worker.base).has_value());
            break;
        }
        case 1: SIM_CHECK(set_affinity(worker.thread, 1 + choose(15)).has_value()); break;
        case 2: {
            if (worker.suspensions == 2 || !suspend(self, worker.thread).has_value()) break;
            worker.suspensions += 1;
            const u32 steps = worker.steps;
            let_time_pass(200);
            SIM_CHECK(worker.steps == steps);
            break;
        }
        case 3:
            if (worker.suspensions == 0) break;
            SIM_CHECK(resume(worker.thread).has_value());
            worker.suspensions -= 1;
            break;
        case 4: SIM_CHECK(irq::set_core(line, choose(max_cores)).has_value()); break;
    }
}

void everything() {
    memory.emplace();
    start_interrupts();
    auto self = start_and_await_all();
    watch(units);
    watch(queue);
    watch(memory->of.frames, held_frames);
    for (Owned& it : owned) watch(it.mutex);
    SIM_CHECK(set_priority(current(), 26).has_value());
    SIM_CHECK(irq::attach(line, serve, nullptr, {.storm_limit = 0}).has_value());
    SIM_CHECK(irq::enable(line).has_value());
    Worker all[worker_count];
    workers = all;
    for (u32 n = 0; n < worker_count; ++n) {
        all[n].number = n;
        all[n].base = any_priority();
        all[n].thread = must_spawn("worker", all[n].base, work, &all[n]);
    }
    for (u32 n = 0; n < 40; ++n) {
        // One that has ended keeps its handle until it is joined, and refuses the rest.
        if (Worker& worker = all[choose(worker_count)]; worker.steps < rounds) command(self, worker);
        sleep_for(self, nanoseconds(choose(3000)));
    }
    for (Worker& worker : all)
        for (; worker.suspensions != 0; --worker.suspensions) SIM_CHECK(resume(worker.thread).has_value());
    for (Worker& worker : all) must_join(self, worker.thread);

    while (line_up) yield(self);
    SIM_CHECK(raised == served);
    while (queue.size() != 0) receive(self, Duration::zero());
    u32 sent = 0;
    for (const Worker& worker : all) sent += worker.sent;
    SIM_CHECK(received.size() == sent);
    SIM_CHECK(given == had + static_cast<u32>(units.count()));
    for (Owned& it : owned) {
        const Status last = it.mutex.try_lock(self);
        SIM_CHECK(last.has_value() ? it.inside == nullptr : last.error() == Error::OwnerDead);
        SIM_CHECK(it.mutex.unlock(self).has_value());
    }
    SIM_CHECK(memory->cache.stats().live == 0 && memory->cache.destroy().has_value());
    SIM_CHECK(held_frames == 0);
    u32 live = 0;
    for_each_thread([&](const ThreadInfo& info) {
        live += info.idle ? 0 : 1;
        SIM_CHECK(info.priority == info.base_priority);
    });
    SIM_CHECK(live == 1);
}

}  // namespace

TEST_CASE("SIM20 all services at once, held against their models, and every invariant at every rest") {
    CHECK(run_seeds("SIM20", 300, {.leap_one_in = 2000}, everything));
    CHECK(run_seeds("SIM20", 100, {.switch_one_in = 2, .hold_one_in = 30, .leap_one_in = 300}, everything));
    CHECK(run_seeds("SIM20", 100, {.calm = 30}, everything));
}
