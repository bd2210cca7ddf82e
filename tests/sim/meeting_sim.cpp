// SPDX-License-Identifier: MIT
//
// Barrier, latch, one-time initialisation and the reader-writer lock, with times that run out at the worst moment.

#include "threads.hpp"

#include <kernel/wait/barrier.hpp>
#include <kernel/wait/latch.hpp>
#include <kernel/wait/once.hpp>
#include <kernel/wait/semaphore.hpp>
#include <kernel/wait/shared_mutex.hpp>

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

u8 any_priority() { return static_cast<u8>(10 + choose(8)); }
Duration soon() { return nanoseconds(1 + choose(3000)); }
void dawdle(u32 points) {
    for (u32 n = choose(points); n > 0; --n) arch::sim_point();
}

// --- Barrier -------------------------------------------------------------------------------------------------------

constexpr u32 meeting = 4;
constexpr u32 meetings = 12;
Barrier barrier{meeting};
u32 came[meeting];
u32 lasts = 0;

void meet(ThreadContext& self, void* argument) {
    const auto me = reinterpret_cast<uptr>(argument);
    for (u32 round = 1; round <= meetings; ++round) {
        came[me] = round;
        for (;;) {
            auto last = choose(2) == 0 ? barrier.wait(self) : barrier.wait_for(self, soon());
            if (last) {
                lasts += *last ? 1u : 0u;
                break;
            }
            SIM_CHECK(last.error() == Error::Timeout);
        }
        for (u32 its : came) SIM_CHECK(its == round || its == round + 1);
        dawdle(60);
    }
}

void all_meet() {
    start_all();
    auto self = boot_context();
    ThreadHandle threads[meeting];
    for (u32 n = 0; n < meeting; ++n)
        threads[n] = must_spawn("meets", any_priority(), meet, reinterpret_cast<void*>(uptr{n}));
    for (ThreadHandle thread : threads) must_join(self, thread);
    SIM_CHECK(lasts == meetings);
}

// --- Latch ---------------------------------------------------------------------------------------------------------

Latch latch{6};
u32 counted = 0;

void count(ThreadContext&, void*) {
    for (int n = 0; n < 3; ++n) {
        dawdle(200);
        counted += 1;
        SIM_CHECK(latch.count_down().has_value());
    }
}

void wait_at_latch(ThreadContext& self, void*) {
    for (;;) {
        Status open = choose(2) == 0 ? latch.wait(self) : latch.wait_for(self, soon());
        if (open) break;
        SIM_CHECK(open.error() == Error::Timeout);
    }
    SIM_CHECK(counted == 6);
}

void latch_opens_for_all() {
    start_all();
    auto self = boot_context();
    ThreadHandle threads[14];
    for (u32 n = 0; n < 14; ++n)
        threads[n] = must_spawn("latch", any_priority(), n < 12 ? wait_at_latch : count, nullptr);
    for (ThreadHandle thread : threads) must_join(self, thread);
    SIM_CHECK(latch.try_wait().has_value());
}

// --- Once ----------------------------------------------------------------------------------------------------------

Once once;
u32 making = 0;
u32 made = 0;
u32 failed = 0;
u32 told = 0;

void want_it_made(ThreadContext& self, void*) {
    for (;;) {
        Status status = once.call_for(self, choose(2) == 0 ? Duration::forever() : soon(), [&]() -> Status {
            SIM_CHECK(making++ == 0 && made == 0);
            dawdle(80);
            making -= 1;
            if (choose(3) != 0) {
                failed += 1;
                return fail(Error::NoMemory);
            }
            made += 1;
            return {};
        });
        if (status) break;
        if (status.error() == Error::NoMemory) told += 1;
        else SIM_CHECK(status.error() == Error::Timeout);
    }
    SIM_CHECK(made == 1);
}

void one_makes_it() {
    start_all();
    auto self = boot_context();
    ThreadHandle threads[7];
    for (ThreadHandle& thread : threads) thread = must_spawn("wants", any_priority(), want_it_made, nullptr);
    for (ThreadHandle thread : threads) must_join(self, thread);
    SIM_CHECK(made == 1 && told == failed && once.done());
}

// --- Readers and writers -------------------------------------------------------------------------------------------

SharedMutex shared;
u32 readers = 0;
u32 writers = 0;
u32 most_readers = 0;

void read_or_write(ThreadContext& self, void*) {
    for (int round = 0; round < 15; ++round) {
        const bool writes = choose(3) == 0;
        const Duration limit = choose(2) == 0 ? Duration::forever() : nanoseconds(choose(3000));
        Status had = writes ? shared.lock_for(self, limit) : shared.lock_shared_for(self, limit);
        if (!had) {
            SIM_CHECK(had.error() == Error::Timeout || had.error() == Error::WouldBlock);
            continue;
        }
        SIM_CHECK(writers == 0 && (!writes || readers == 0));
        (writes ? writers : readers) += 1;
        most_readers = readers > most_readers ? readers : most_readers;
        dawdle(40);
        (writes ? writers : readers) -= 1;
        SIM_CHECK((writes ? shared.unlock(self) : shared.unlock_shared(self)).has_value());
        if (choose(4) == 0) (void)set_priority(current(), any_priority());
    }
}

void writers_are_alone() {
    start_all();
    auto self = boot_context();
    ThreadHandle threads[7];
    for (ThreadHandle& thread : threads) thread = must_spawn("shares", any_priority(), read_or_write, nullptr);
    for (ThreadHandle thread : threads) must_join(self, thread);
    SIM_CHECK(readers == 0 && writers == 0);
    SIM_CHECK(shared.try_lock(self).has_value() && shared.unlock(self).has_value());
}

u32 order[2];
u32 entered = 0;
Semaphore reader_is_in{0};

void write_once(ThreadContext& self, void*) {
    WriteGuard guard{shared, self};
    order[entered++ % 2] = 1;
}

void read_once(ThreadContext& self, void*) {
    ReadGuard guard{shared, self};
    order[entered++ % 2] = 2;
    SIM_CHECK(reader_is_in.give().has_value());
}

void give_up_writing(ThreadContext& self, void*) {
    Status had = shared.lock_for(self, soon());
    // It may have come when the readers had left.
    if (had) SIM_CHECK(shared.unlock(self).has_value());
    else SIM_CHECK(had.error() == Error::Timeout);
}

void wait_until_blocked(ThreadHandle thread) {
    while (thread.record()->state != ThreadState::Blocked) arch::sim_point();
}

void writer_goes_first() {
    start_all();
    auto self = boot_context();
    SIM_CHECK(shared.lock_shared(self).has_value());
    ThreadHandle writer = must_spawn("writer", 14, write_once, nullptr);
    wait_until_blocked(writer);
    ThreadHandle reader = must_spawn("reader", 14, read_once, nullptr);
    wait_until_blocked(reader);
    // Above them one still comes in beside the other readers.
    SIM_CHECK(shared.try_lock_shared(self).has_value());
    SIM_CHECK(shared.unlock_shared(self).has_value() && entered == 0);
    SIM_CHECK(shared.unlock_shared(self).has_value());
    must_join(self, writer);
    must_join(self, reader);
    SIM_CHECK(order[0] == 1 && order[1] == 2);
}

// The reader that has it stays until the other one comes in.
void writer_gives_up() {
    start_all();
    auto self = boot_context();
    SIM_CHECK(shared.lock_shared(self).has_value());
    ThreadHandle writer = must_spawn("writer", 14, give_up_writing, nullptr);
    dawdle(100);
    ThreadHandle reader = must_spawn("reader", 12, read_once, nullptr);
    SIM_CHECK(reader_is_in.take(self).has_value());
    SIM_CHECK(shared.unlock_shared(self).has_value());
    must_join(self, writer);
    must_join(self, reader);
}

}  // namespace

TEST_CASE("BAR01 nobody passes a barrier before all have come, whoever's time runs out") {
    CHECK(run_seeds("BAR01", 100, {}, all_meet));
}
TEST_CASE("LAT01 a latch opens for all who wait, and not before") {
    CHECK(run_seeds("LAT01", 100, {}, latch_opens_for_all));
}
TEST_CASE("ONC01 one attempt at a time, one success, and each failure told to one") {
    CHECK(run_seeds("ONC01", 100, {}, one_makes_it));
}
TEST_CASE("RWL01 a writer is alone, whoever's time runs out") { CHECK(run_seeds("RWL01", 150, {}, writers_are_alone)); }
TEST_CASE("RWL02 a reader that comes after a writer of its priority waits behind it, one above it does not") {
    CHECK(run_seeds("RWL02", 60, {}, writer_goes_first));
}
TEST_CASE("RWL03 a writer that gives up lets those behind it in") {
    CHECK(run_seeds("RWL03", 100, {}, writer_gives_up));
}
