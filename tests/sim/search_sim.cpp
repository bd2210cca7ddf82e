// SPDX-License-Identifier: MIT
//
// Every schedule of small cases, up to a number of forced choices (docs/testing.md says what is one): what a seed meets once in a million runs is met
// here, or is not there. Each case is a wait and what may end it, from two cores, with a third thread that
// waits for the same.

#include "invariants.hpp"
#include "stage.hpp"

#include <kernel/thread/thread_control.hpp>
#include <kernel/time/timer.hpp>
#include <kernel/wait/condition.hpp>
#include <kernel/wait/message_queue.hpp>
#include <kernel/wait/mutex.hpp>

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

// What the verdict says that was gone through: under the sanitizers a search takes one choice less (seeds.cpp).
#if defined(__SANITIZE_ADDRESS__)
#define EVERY_SCHEDULE "every schedule of one forced choice"
#else
#define EVERY_SCHEDULE "every schedule of at most two forced choices"
#endif

namespace {

Semaphore semaphore{0};
Mutex mutex;
Condition condition;
MessageQueue<u32, 1> queue;
u32 had = 0;
u32 timed_out = 0;
ThreadHandle third;
ThreadHandle second;

void take_one(ThreadContext& self) {
    SIM_CHECK(semaphore.take(self).has_value());
    had += 1;
}
void take_one_in_time(ThreadContext& self) {
    Status taken = semaphore.take_for(self, nanoseconds(300));
    had += taken.has_value() ? 1u : 0u;
    timed_out += taken.has_value() ? 0u : 1u;
    SIM_CHECK(taken.has_value() || taken.error() == Error::Timeout);
}
void give_two(ThreadContext&) {
    SIM_CHECK(semaphore.give().has_value());
    SIM_CHECK(semaphore.give().has_value());
}
void give_one(ThreadContext&) { SIM_CHECK(semaphore.give().has_value()); }

void gives_and_takes() {
    Stage stage;
    watch(semaphore);
    third = stage.waiting("third", 20, take_one);
    second = stage.ready("second", 16, take_one);
    stage.begin(give_two);
    SIM_CHECK(had == 2 && semaphore.count() == 0);
    must_join(stage.self(), second);
    must_join(stage.self(), third);
}

void gives_and_time_outs() {
    Stage stage;
    watch(semaphore);
    third = stage.waiting("third", 12, take_one);
    second = stage.ready("second", 16, take_one_in_time);
    stage.begin(give_two);
    SIM_CHECK(had + timed_out == 2 && had + static_cast<u32>(semaphore.count()) == 2);
    must_join(stage.self(), second);
    must_join(stage.self(), third);
}

// --- A mutex: its owner, who waits for good, and who waits for a time

void own_for_good(ThreadContext& self) {
    AtWork at_work;
    SIM_CHECK(mutex.lock(self).has_value());
    SIM_CHECK(mutex.unlock(self).has_value());
    had += 1;
}
void own_in_time(ThreadContext& self) {
    AtWork at_work;
    Status locked = mutex.lock_for(self, nanoseconds(300));
    if (locked.has_value()) SIM_CHECK(mutex.unlock(self).has_value());
    else SIM_CHECK(locked.error() == Error::Timeout);
    had += 1;
}
void let_go(ThreadContext& self) {
    AtWork at_work;
    SIM_CHECK(mutex.unlock(self).has_value());
    SIM_CHECK(self.thread().priority == 16);
}

void mutex_is_handed_over() {
    Stage stage;
    watch(mutex);
    SIM_CHECK(mutex.lock(stage.self()).has_value());
    third = stage.waiting("third", 18, own_for_good);
    second = stage.ready("second", 20, own_in_time);
    stage.begin(let_go);
    SIM_CHECK(had == 2);
    must_join(stage.self(), second);
    must_join(stage.self(), third);
    SIM_CHECK(mutex.try_lock(stage.self()).has_value());
}

void change_priority(ThreadContext&) {
    AtWork at_work;
    SIM_CHECK(set_priority(third, 24).has_value());
}

void priority_changes_at_the_hand_over() {
    Stage stage;
    watch(mutex);
    SIM_CHECK(mutex.lock(stage.self()).has_value());
    third = stage.waiting("third", 18, own_for_good);
    second = stage.ready("second", 20, change_priority);
    stage.begin(let_go);
    SIM_CHECK(had == 1 && *priority_of(third) == 24);
    must_join(stage.self(), second);
    must_join(stage.self(), third);
}

// --- A condition: a signal is for one

void wait_for_signal(ThreadContext& self) {
    SIM_CHECK(mutex.lock(self).has_value());
    SIM_CHECK(condition.wait(self, mutex).has_value());
    had += 1;
    SIM_CHECK(mutex.unlock(self).has_value());
}
void wait_for_signal_in_time(ThreadContext& self) {
    SIM_CHECK(mutex.lock(self).has_value());
    Status waited = condition.wait_for(self, mutex, nanoseconds(300));
    SIM_CHECK(mutex.owned_by(self.thread()));
    had += waited.has_value() ? 1u : 0u;
    timed_out += waited.has_value() ? 0u : 1u;
    SIM_CHECK(mutex.unlock(self).has_value());
}
void signal_once(ThreadContext&) {
    condition.signal();
    while (timed_out == 0 && had == 0) arch::relax();
    exploring = false;
    // Whoever did not have it is still to come.
    while (had + timed_out < 2) {
        condition.signal();
        arch::relax();
    }
}

void signal_and_time_out() {
    Stage stage;
    third = stage.waiting("third", 12, wait_for_signal);
    second = stage.ready("second", 16, wait_for_signal_in_time);
    stage.begin(signal_once);
    SIM_CHECK(had + timed_out == 2 && had >= 1);
    must_join(stage.self(), second);
    must_join(stage.self(), third);
}

// --- The end of a wait, and the end of a thread

void terminate_third(ThreadContext& self) { SIM_CHECK(terminate(self, third).has_value()); }

void terminated_while_woken() {
    Stage stage;
    watch(semaphore);
    third = stage.waiting("third", 14, take_one);
    second = stage.ready("second", 16, give_one);
    stage.begin(terminate_third);
    Result<ThreadEnd> end = join_end(stage.self(), third);
    SIM_CHECK(end.has_value());
    // Either it had the one, and was ended later or not at all; or it was ended in its wait, and the one is there.
    SIM_CHECK(had + static_cast<u32>(semaphore.count()) == 1 && (end->terminated || had == 1));
    must_join(stage.self(), second);
}

Semaphore passed_on{0};

void suspend_second(ThreadContext& self) {
    SIM_CHECK(suspend(self, second).has_value());
    SIM_CHECK(semaphore.give().has_value());
    // It stands still, whether it waits, was about to wait, or was given what it waits for.
    SIM_CHECK(had == 0);
    SIM_CHECK(resume(second).has_value());
}

void suspended_while_it_blocks() {
    Stage stage;
    watch(semaphore);
    watch(passed_on);
    third = stage.waiting("third", 20, [](ThreadContext& self) { SIM_CHECK(passed_on.take(self).has_value()); });
    second = stage.ready("second", 16, [](ThreadContext& self) {
        take_one(self);
        SIM_CHECK(passed_on.give().has_value());
    });
    stage.begin(suspend_second);
    SIM_CHECK(had == 1 && semaphore.count() == 0 && passed_on.count() == 0);
    must_join(stage.self(), second);
    must_join(stage.self(), third);
}

void move_third(ThreadContext&) {
    SIM_CHECK(set_affinity(third, 2).has_value());
    SIM_CHECK(set_affinity(third, 1).has_value());
}

void moved_while_woken() {
    Stage stage;
    watch(semaphore);
    third = stage.waiting("third", 20, [](ThreadContext& self) {
        take_one(self);
        take_one(self);
    });
    second = stage.ready("second", 16, move_third);
    stage.begin(give_two);
    SIM_CHECK(had == 2 && third.record()->affinity == 1);
    must_join(stage.self(), second);
    must_join(stage.self(), third);
}

// --- Messages and timers

void receive_one(ThreadContext& self) {
    Result<u32> item = queue.receive(self);
    SIM_CHECK(item.has_value());
    had += *item;
}
void send_three(ThreadContext& self) {
    for (u32 item : {1u, 10u, 100u}) SIM_CHECK(queue.send(self, item).has_value());
}

void sent_and_received() {
    Stage stage;
    watch(queue);
    third = stage.waiting("third", 20, receive_one);
    second = stage.ready("second", 16, [](ThreadContext& self) {
        receive_one(self);
        receive_one(self);
    });
    stage.begin(send_three);
    SIM_CHECK(had == 111 && queue.size() == 0);
    must_join(stage.self(), second);
    must_join(stage.self(), third);
}

u32 fired = 0;
u32 prevented = 0;
HandlerTimer timer{[](HandlerTimer&) noexcept {
    fired += 1;
    (void)semaphore.give();
}};

void cancel(ThreadContext&) { prevented += timer.cancel_and_wait() ? 1u : 0u; }

void cancelled_while_due() {
    Stage stage;
    third = stage.waiting("third", 20, take_one);
    second = stage.ready("second", 16, cancel);
    stage.begin([](ThreadContext&) {
        SIM_CHECK(timer.start(nanoseconds(200)).has_value());
        prevented += timer.cancel_and_wait() ? 1u : 0u;
        while (fired + prevented == 0) arch::relax();
        if (prevented != 0) SIM_CHECK(semaphore.give().has_value());
    });
    SIM_CHECK(fired + prevented == 1 && had == 1);
    must_join(stage.self(), second);
    must_join(stage.self(), third);
}

}  // namespace

TEST_CASE("SIM10 " EVERY_SCHEDULE ": two gives, a take that begins and one that waits") {
    CHECK(search("SIM10", 2, {}, gives_and_takes));
}
TEST_CASE("SIM11 " EVERY_SCHEDULE ": two gives and a take that is given up in time") {
    CHECK(search("SIM11", 2, {}, gives_and_time_outs));
}
TEST_CASE("SIM12 " EVERY_SCHEDULE ": a mutex is handed over while somebody gives it up or changes the priority") {
    CHECK(search("SIM12", 2, {}, mutex_is_handed_over));
    CHECK(search("SIM12", 2, {}, priority_changes_at_the_hand_over));
}
TEST_CASE("SIM13 " EVERY_SCHEDULE ": a signal and a time-out have one result, and the signal is for one") {
    CHECK(search("SIM13", 2, {}, signal_and_time_out));
}
TEST_CASE("SIM14 " EVERY_SCHEDULE ": a thread is terminated while it is woken") {
    CHECK(search("SIM14", 2, {}, terminated_while_woken));
}
TEST_CASE("SIM15 " EVERY_SCHEDULE ": a thread is suspended while it blocks and is woken") {
    CHECK(search("SIM15", 2, {}, suspended_while_it_blocks));
}
TEST_CASE("SIM16 " EVERY_SCHEDULE ": a thread is moved twice while it is woken twice") {
    CHECK(search("SIM16", 2, {}, moved_while_woken));
}
TEST_CASE("SIM17 " EVERY_SCHEDULE ": a queue of one, one sender, one receiver that comes and one that waits") {
    CHECK(search("SIM17", 2, {}, sent_and_received));
}
TEST_CASE("SIM18 " EVERY_SCHEDULE ": a timer is cancelled from two cores while it comes") {
    CHECK(search("SIM18", 2, {}, cancelled_while_due));
}
