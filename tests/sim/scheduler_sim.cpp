// SPDX-License-Identifier: MIT

#include "threads.hpp"
#include "who_must_run.hpp"

#include <kernel/sched/boot_scheduler.hpp>
#include <kernel/wait/condition.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/sched/priority_scheduler.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/wait/semaphore.hpp>
#include <kernel/thread/thread_records.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

// --- One core ----------------------------------------------------------------------------------------------------

namespace {

std::vector<int> order;

template <int Number>
void note(ThreadContext&, void*) {
    order.push_back(Number);
}

void higher_runs_first() {
    SIM_CHECK(start_priority_scheduler().has_value());
    auto self = boot_context();
    ThreadHandle equal = must_spawn("equal", default_priority, note<2>, nullptr);
    ThreadHandle higher = must_spawn("higher", default_priority + 1, note<1>, nullptr);
    SIM_CHECK(order == std::vector{1});
    order.push_back(0);
    must_join(self, higher);
    must_join(self, equal);
    SIM_CHECK(order == std::vector{1, 0, 2});
    SIM_CHECK(join(self, equal).error() == Error::Invalid);
    SIM_CHECK(set_priority(equal, 3).error() == Error::Invalid);
}

struct Turn {
    int number;
    std::vector<int>* order;
};

void take_turns(ThreadContext& self, void* argument) {
    Turn& turn = *static_cast<Turn*>(argument);
    for (int round = 0; round < 3; ++round) {
        turn.order->push_back(turn.number);
        yield(self);
    }
}

void yield_is_fifo() {
    SIM_CHECK(start_priority_scheduler().has_value());
    auto self = boot_context();
    Turn turns[32];
    ThreadHandle threads[32];
    SIM_CHECK(set_priority(current(), default_priority + 2).has_value());
    for (int n = 0; n < 32; ++n) {
        turns[n] = {n, &order};
        threads[n] = must_spawn("turn", default_priority, take_turns, &turns[n]);
    }
    for (ThreadHandle thread : threads) must_join(self, thread);
    SIM_CHECK(order.size() == 96);
    for (int n = 0; n < 96; ++n) SIM_CHECK(order[static_cast<usize>(n)] == n % 32);
}

void wake_inside_a_section() {
    SIM_CHECK(start_priority_scheduler().has_value());
    auto self = boot_context();
    ThreadHandle higher;
    {
        PreemptionDisabled outer;
        {
            PreemptionDisabled inner;
            higher = must_spawn("higher", default_priority + 1, note<1>, nullptr);
            SIM_CHECK(order.empty());
        }
        SIM_CHECK(order.empty());
    }
    SIM_CHECK(order == std::vector{1});
    must_join(self, higher);
}

}  // namespace

TEST_CASE("SCH01 a higher priority runs before the waker's next statement, an equal one does not") {
    CHECK(sim::run_seeds("SCH01", 50, {}, higher_runs_first));
}
TEST_CASE("SCH04 yield goes round 32 equals in order of arrival") {
    CHECK(sim::run_seeds("SCH04", 20, {}, yield_is_fifo));
}
TEST_CASE("SCH08 a wake-up inside a section without preemption is carried out at its end") {
    CHECK(sim::run_seeds("SCH08", 50, {}, wake_inside_a_section));
}

// --- Four cores --------------------------------------------------------------------------------------------------

namespace {

constexpr u32 worker_count = 7;
Semaphore shared_semaphore{2, 4};
Mutex shared_mutex;
u64 counter_under_mutex = 0;
u64 expected_counter = 0;
ThreadHandle workers[worker_count];

void child(ThreadContext& self, void*) {
    if (sim::choose(2) == 0) yield(self);
}

// Anything, in any order.
void work_at_random(ThreadContext& self, void*) {
    for (int round = 0; round < 25; ++round) {
        switch (sim::choose(9)) {
            case 0: yield(self); break;
            case 1: sleep_for(self, nanoseconds(sim::choose(3000))); break;
            case 2:
                if (shared_semaphore.take_for(self, nanoseconds(sim::choose(4000))).has_value())
                    SIM_CHECK(shared_semaphore.give().has_value());
                break;
            case 3: {
                if (!shared_mutex.lock_for(self, nanoseconds(1 + sim::choose(8000))).has_value()) break;
                u64 seen = counter_under_mutex;
                arch::sim_point();
                counter_under_mutex = seen + 1;
                expected_counter += 1;
                SIM_CHECK(counter_under_mutex == expected_counter);
                SIM_CHECK(shared_mutex.unlock(self).has_value());
                break;
            }
            case 4: (void)set_priority(workers[sim::choose(worker_count)], static_cast<u8>(8 + sim::choose(16))); break;
            case 5: (void)set_affinity(workers[sim::choose(worker_count)], 1 + sim::choose(15)); break;
            case 6: {
                auto thread =
                    spawn({.name = "child", .priority = static_cast<u8>(8 + sim::choose(16))}, child, nullptr);
                if (thread.has_value()) SIM_CHECK(join(self, *thread).has_value());
                break;
            }
            case 7: {
                PreemptionDisabled section;
                Core& before = section.core();
                for (int n = 0; n < 3; ++n) arch::sim_point();
                SIM_CHECK(&section.core() == &before && before.id == arch::sim_core_id);
                break;
            }
            case 8:
                for (u32 n = sim::choose(40); n > 0; --n) arch::sim_point();
                break;
        }
    }
}

void anything() {
    start_all();
    auto self = boot_context();
    {
        PreemptionDisabled until_all_are_known;
        for (u32 n = 0; n < worker_count; ++n) {
            char name[] = "worker0";
            name[6] = static_cast<char>('0' + n);
            workers[n] = must_spawn(name, static_cast<u8>(8 + sim::choose(16)), work_at_random, nullptr);
        }
    }
    for (ThreadHandle worker : workers) must_join(self, worker);
    SIM_CHECK(shared_semaphore.count() == 2);
    SIM_CHECK(counter_under_mutex == expected_counter);
    u32 live = 0;
    for_each_thread([&](const ThreadInfo& info) {
        live += info.idle ? 0 : 1;
        SIM_CHECK(info.priority == info.base_priority);
    });
    SIM_CHECK(live == 1);
}

// Two cores each: somebody higher often waits beside one who may run elsewhere.
u32 two_cores() {
    u32 first = sim::choose(max_cores);
    return 1u << first | 1u << (first + 1 + sim::choose(max_cores - 1)) % max_cores;
}

void come_and_go(ThreadContext& self, void*) {
    for (int round = 0; round < 40; ++round) {
        switch (sim::choose(4)) {
            case 0: yield(self); break;
            case 1: (void)set_affinity(current(), two_cores()); break;
            default: sleep_for(self, nanoseconds(sim::choose(2000))); break;
        }
        for (u32 n = sim::choose(60); n > 0; --n) arch::sim_point();
    }
}

void pairs_of_cores() {
    start_all();
    auto self = boot_context();
    for (u32 core = 1; core < max_cores; ++core) SIM_CHECK(await_core(core, seconds(1)));
    ThreadHandle threads[8];
    for (ThreadHandle& thread : threads)
        thread = must_spawn("pair", static_cast<u8>(8 + sim::choose(6)), come_and_go, nullptr, two_cores());
    for (ThreadHandle thread : threads) must_join(self, thread);
}

// On cores 1 and 2 something high comes and goes; who may run on both is woken, and on core 1 somebody higher than he
// waits who must not run on core 2.
Semaphore bell{0};
bool over = false;

void come_and_go_high(ThreadContext& self, void*) {
    while (!over) {
        sleep_for(self, nanoseconds(sim::choose(2000)));
        for (u32 n = sim::choose(120); n > 0; --n) arch::sim_point();
    }
}

void answer_the_bell(ThreadContext& self, void*) {
    while (!over) {
        SIM_CHECK(bell.take(self).has_value());
        for (u32 n = sim::choose(20); n > 0; --n) arch::sim_point();
    }
}

void behind_a_higher_one() {
    start_all();
    auto self = boot_context();
    for (u32 core = 1; core < max_cores; ++core) SIM_CHECK(await_core(core, seconds(1)));
    SIM_CHECK(set_affinity(current(), 0b1000).has_value());
    SIM_CHECK(set_priority(current(), 22).has_value());
    ThreadHandle threads[] = {
        must_spawn("one", 20, come_and_go_high, nullptr, 0b0010),
        must_spawn("two", 20, come_and_go_high, nullptr, 0b0100),
        must_spawn("behind", 15, come_and_go_high, nullptr, 0b1010),
        must_spawn("woken", 10, answer_the_bell, nullptr, 0b0110),
    };
    for (int round = 0; round < 60; ++round) {
        SIM_CHECK(bell.give().has_value());
        for (u32 n = sim::choose(200); n > 0; --n) arch::sim_point();
    }
    over = true;
    SIM_CHECK(bell.give().has_value());
    for (ThreadHandle thread : threads) must_join(self, thread);
}

Semaphore ping{0};
Semaphore pong{0};

void answer(ThreadContext& self, void*) {
    for (int n = 0; n < 60; ++n) {
        SIM_CHECK(ping.take(self).has_value());
        SIM_CHECK(pong.give().has_value());
    }
}

void hand_offs() {
    start_all();
    auto self = boot_context();
    for (u32 core = 1; core < max_cores; ++core) SIM_CHECK(await_core(core, seconds(1)));
    ThreadHandle other = must_spawn("other", default_priority, answer, nullptr, 0b1110);
    SIM_CHECK(set_affinity(current(), 1).has_value());
    for (int n = 0; n < 60; ++n) {
        SIM_CHECK(ping.give().has_value());
        SIM_CHECK(pong.take(self).has_value());
    }
    must_join(self, other);
}

}  // namespace

TEST_CASE("SMP02 the highest ready threads run at every snapshot, whatever the threads do") {
    sim::at_rest = sim::check_who_runs;
    CHECK(sim::run_seeds("SMP02", 150, {}, anything));
    sim::at_rest = nullptr;
}
TEST_CASE("SMP03 nobody waits beside a core where he may run and something lower does, whoever else waits") {
    sim::at_rest = sim::check_who_runs;
    CHECK(sim::run_seeds("SMP03", 100, {}, pairs_of_cores));
    CHECK(sim::run_seeds("SMP03", 200, {.hold_one_in = 30}, behind_a_higher_one));
    sim::at_rest = nullptr;
}
TEST_CASE("SMP05 a thread is never run before its context is saved, cores changing at every third point") {
    CHECK(sim::run_seeds("SMP05", 60, {.switch_one_in = 3}, anything));
}
TEST_CASE("SMP04 no hand-off between two cores is lost") { CHECK(sim::run_seeds("SMP04", 60, {}, hand_offs)); }

// --- Waiting -----------------------------------------------------------------------------------------------------

namespace {

Mutex queue_mutex;
Condition queue_filled;
u32 queued = 0;
u32 consumed = 0;

void consume(ThreadContext& self, void*) {
    for (int n = 0; n < 20; ++n) {
        MutexGuard guard{queue_mutex, self};
        while (queued == 0) SIM_CHECK(queue_filled.wait(self, queue_mutex).has_value());
        SIM_CHECK(queue_mutex.owned_by(self.thread()));
        queued -= 1;
        consumed += 1;
    }
}

void condition_loses_nothing() {
    start_all();
    auto self = boot_context();
    ThreadHandle consumers[3];
    for (ThreadHandle& consumer : consumers)
        consumer = must_spawn("consumer", static_cast<u8>(10 + sim::choose(10)), consume, nullptr);
    for (int n = 0; n < 60; ++n) {
        {
            MutexGuard guard{queue_mutex, self};
            queued += 1;
        }
        queue_filled.signal();
        if (sim::choose(3) == 0) yield(self);
    }
    for (ThreadHandle consumer : consumers) must_join(self, consumer);
    SIM_CHECK(queued == 0 && consumed == 60);
}

Semaphore never{0};
u32 timeouts = 0;

void race_the_clock(ThreadContext& self, void*) {
    for (int n = 0; n < 20; ++n) {
        Instant begin = now();
        Duration limit = nanoseconds(100 + sim::choose(2000));
        Status taken = never.take_for(self, limit);
        if (taken.has_value()) continue;
        SIM_CHECK(taken.error() == Error::Timeout);
        SIM_CHECK(now() >= after(begin, limit));
        timeouts += 1;
    }
}

u32 gifts = 0;

void one_result() {
    start_all();
    auto self = boot_context();
    ThreadHandle racers[4];
    for (ThreadHandle& racer : racers) racer = must_spawn("racer", 20, race_the_clock, nullptr);
    for (; gifts < 40; ++gifts) {
        SIM_CHECK(never.give().has_value());
        for (u32 n = sim::choose(60); n > 0; --n) arch::sim_point();
    }
    for (ThreadHandle racer : racers) must_join(self, racer);
    // Every gift was taken once or is still there: a wait that timed out did not swallow one.
    u32 taken = 80 - timeouts;
    SIM_CHECK(taken + static_cast<u32>(never.count()) == gifts);
}

Semaphore closing{0};

void wait_for_the_end(ThreadContext& self, void*) { SIM_CHECK(closing.take(self).error() == Error::Deleted); }

void close_wakes_all() {
    start_all();
    auto self = boot_context();
    ThreadHandle waiters[5];
    for (ThreadHandle& waiter : waiters)
        waiter = must_spawn("waiter", static_cast<u8>(10 + sim::choose(10)), wait_for_the_end, nullptr);
    for (u32 n = sim::choose(200); n > 0; --n) arch::sim_point();
    closing.close();
    for (ThreadHandle waiter : waiters) must_join(self, waiter);
    SIM_CHECK(closing.take(self).error() == Error::Deleted);
    SIM_CHECK(closing.give().error() == Error::Deleted);
}

struct Sleeper {
    u64 counts;
    Instant deadline;
};

void sleep_once(ThreadContext& self, void* argument) {
    Sleeper& sleeper = *static_cast<Sleeper*>(argument);
    sleeper.deadline = Instant{now().counts + sleeper.counts};
    sleep_until(self, sleeper.deadline);
    SIM_CHECK(now() >= sleeper.deadline);
}

void nobody_wakes_early() {
    start_all();
    auto self = boot_context();
    Sleeper sleepers[12];
    ThreadHandle threads[12];
    for (u32 n = 0; n < 12; ++n) {
        sleepers[n].counts = sim::choose(4) == 0 ? 0 : sim::choose(200'000);
        threads[n] = must_spawn("sleeper", static_cast<u8>(8 + n), sleep_once, &sleepers[n]);
    }
    for (ThreadHandle thread : threads) must_join(self, thread);
}

Mutex inherited;
bool medium_ran = false;

void run_medium(ThreadContext&, void*) { medium_ran = true; }
void want_it(ThreadContext& self, void*) {
    MutexGuard guard{inherited, self};
    SIM_CHECK(!medium_ran);
}

void owner_inherits() {
    SIM_CHECK(start_priority_scheduler().has_value());
    auto self = boot_context();
    SIM_CHECK(set_priority(current(), 5).has_value());
    ThreadHandle high, medium;
    {
        MutexGuard guard{inherited, self};
        high = must_spawn("high", 20, want_it, nullptr);
        SIM_CHECK(*priority_of(current()) == 20);
        medium = must_spawn("medium", 10, run_medium, nullptr);
        SIM_CHECK(!medium_ran);
    }
    SIM_CHECK(*priority_of(current()) == 5);
    SIM_CHECK(medium_ran);
    must_join(self, high);
    must_join(self, medium);
}

}  // namespace

namespace {

Semaphore boot_gate{0};
Semaphore boot_answer{0};
u32 boot_steps = 0;

void live_on(ThreadContext& self, void*) {
    boot_steps = 1;
    SIM_CHECK(boot_gate.take(self).has_value());
    boot_steps = 2;
    SIM_CHECK(boot_answer.give().has_value());
    SIM_CHECK(boot_gate.take(self).has_value());
    sleep_for(self, microseconds(3));
    SIM_CHECK(boot_answer.give().has_value());
}

void boot_threads_live_on() {
    auto self = boot_context();
    static Thread records[2];
    ThreadHandle threads[2];
    for (int n = 0; n < 2; ++n) {
        auto thread = spawn_boot_thread(records[n], *allocate_stack(default_stack_size), "early", 12, live_on, nullptr);
        SIM_CHECK(thread.has_value());
        threads[n] = *thread;
    }
    // One runs and blocks, or both do, before the swap; none, and they begin after it.
    for (u32 n = sim::choose(3); n > 0; --n) yield(self);
    start_all();
    for (int n = 0; n < 2; ++n) {
        SIM_CHECK(boot_gate.give().has_value());
        SIM_CHECK(boot_gate.give().has_value());
    }
    for (int n = 0; n < 4; ++n) SIM_CHECK(boot_answer.take(self).has_value());
    for (ThreadHandle thread : threads) must_join(self, thread);
}

void end_early(ThreadContext&, void*) { boot_steps += 1; }

void boot_threads_end() {
    auto self = boot_context();
    static Thread records[3];
    ThreadHandle threads[3];
    for (int n = 0; n < 3; ++n) {
        auto thread =
            spawn_boot_thread(records[n], *allocate_stack(default_stack_size), "early", 12, end_early, nullptr);
        SIM_CHECK(thread.has_value());
        threads[n] = *thread;
    }
    SIM_CHECK(detach(threads[2]).has_value());
    must_join(self, threads[0]);
    yield(self);
    SIM_CHECK(boot_steps == 3);
    start_all();
    must_join(self, threads[1]);
    SIM_CHECK(join(self, threads[0]).error() == Error::Invalid);
    for_each_thread([](const ThreadInfo& info) { SIM_CHECK(info.state != ThreadState::Dead); });
    // Their stacks are not the heap's, so their records are nobody else's.
    must_join(self, must_spawn("after", default_priority, end_early, nullptr));
    for (Thread& record : records) SIM_CHECK(record.state == ThreadState::Free && record.switches != 0);
}

}  // namespace

TEST_CASE("SCH06 threads that end under the boot scheduler are joined, and listed no more") {
    CHECK(sim::run_seeds("SCH06 threads that end", 20, {}, boot_threads_end));
}
TEST_CASE("SCH06 threads of the boot scheduler live on under the priority scheduler") {
    CHECK(sim::run_seeds("SCH06", 60, {}, boot_threads_live_on));
}
TEST_CASE("CND02 a signal between unlock and sleep is not lost") {
    CHECK(sim::run_seeds("CND02", 60, {}, condition_loses_nothing));
}
TEST_CASE("SEM01 a time-out and a give have one result") { CHECK(sim::run_seeds("SEM01", 60, {}, one_result)); }
TEST_CASE("SEM04 close wakes every waiter with Deleted") { CHECK(sim::run_seeds("SEM04", 60, {}, close_wakes_all)); }
TEST_CASE("TMR03 no sleeper wakes early, on any core") { CHECK(sim::run_seeds("TMR03", 60, {}, nobody_wakes_early)); }
TEST_CASE("MTX01 the owner inherits, and a medium thread does not run meanwhile") {
    CHECK(sim::run_seeds("MTX01", 40, {}, owner_inherits));
}
