// SPDX-License-Identifier: MIT
//
// The public interface on four cores: that a callable is destroyed once however its thread ends, that the standard's
// guards take our mutexes, and that what only a bug can do stops by name.

#include "threads.hpp"

#include <quartet/mutex.hpp>
#include <quartet/semaphore.hpp>
#include <quartet/shared_mutex.hpp>
#include <quartet/std.hpp>
#include <quartet/thread.hpp>
#include <quartet/timer.hpp>

#include <doctest/doctest.h>

#include <mutex>
#include <shared_mutex>
#include <utility>

using namespace quartet;

namespace {

// Alive exactly as long as something of it is: moved along, and destroyed once.
int alive = 0;
struct Cargo {
    Cargo() { alive += 1; }
    Cargo(Cargo&&) noexcept { alive += 1; }
    ~Cargo() {
        SIM_CHECK(whole == 0x600d);
        whole = 0;
        alive -= 1;
    }
    u32 whole = 0x600d;
    u64 weight[8] = {};
};

Semaphore units{1, 1000};
u32 ended = 0;

void live_a_little(ThreadContext& self, const Cargo& cargo) {
    for (u32 step = sim::choose(6); step > 0; --step) {
        switch (sim::choose(5)) {
            case 0: this_thread::yield(self); break;
            case 1: this_thread::sleep_for(nanoseconds(sim::choose(3000))); break;
            case 2:
                if (units.take_for(self, nanoseconds(sim::choose(3000))).has_value())
                    SIM_CHECK(units.give().has_value());
                break;
            case 3: this_thread::safe_point(); break;
            default: arch::sim_point(); break;
        }
        SIM_CHECK(cargo.whole == 0x600d);
    }
    if (sim::choose(4) == 0) this_thread::exit(self, &ended);
}

void end_in_any_way() {
    sim::start_all();
    constexpr u32 count = 5;
    for (u32 round = 0; round < 12; ++round) {
        Thread threads[count];
        for (Thread& thread : threads) {
            auto spawned = Thread::spawn({.name = "cargo", .priority = static_cast<u8>(8 + sim::choose(16))},
                                         [cargo = Cargo{}](ThreadContext& self) { live_a_little(self, cargo); });
            SIM_CHECK(spawned.has_value());
            thread = std::move(*spawned);
        }
        for (Thread& thread : threads) {
            if (sim::choose(2) == 0) SIM_CHECK(thread.terminate().has_value());
            if (sim::choose(4) == 0) SIM_CHECK(thread.request_stop().has_value());
            if (sim::choose(3) == 0) this_thread::sleep_for(nanoseconds(sim::choose(2000)));
        }
        for (Thread& thread : threads) {
            auto end = thread.join();
            SIM_CHECK(end.has_value() && (end->value == nullptr || end->value == &ended));
        }
        // What is joined has destroyed what it had.
        SIM_CHECK(alive == 0);
    }
    auto detached = Thread::spawn({.name = "cargo"}, [cargo = Cargo{}] {});
    SIM_CHECK(detached.has_value() && detached->detach().has_value());
    while (alive != 0) this_thread::sleep_for(1_us);
}

Mutex mutex;
RecursiveMutex again;
SharedMutex shared;
u32 inside = 0;
u32 readers = 0;

template <typename Guard>
void stay_alone(Guard&) {
    SIM_CHECK(inside == 0 && readers == 0);
    inside += 1;
    for (u32 n = sim::choose(40); n > 0; --n) arch::sim_point();
    inside -= 1;
}

void use_the_standards_guards() {
    sim::start_all();
    Thread threads[4];
    for (Thread& thread : threads) {
        auto spawned = Thread::spawn({.name = "guards", .priority = static_cast<u8>(8 + sim::choose(8))}, [] {
            for (u32 round = 0; round < 10; ++round) {
                switch (sim::choose(4)) {
                    case 0: {
                        std::lock_guard guard{mutex};
                        std::lock_guard also{shared};
                        stay_alone(guard);
                        break;
                    }
                    case 1: {
                        std::unique_lock guard{mutex, std::try_to_lock};
                        if (!guard.owns_lock()) break;
                        std::unique_lock also{shared};
                        stay_alone(guard);
                        break;
                    }
                    case 2: {
                        std::scoped_lock guard{mutex, again};
                        std::lock_guard deeper{again};
                        SIM_CHECK(inside == 0);
                        break;
                    }
                    default: {
                        std::shared_lock guard{shared};
                        SIM_CHECK(inside == 0);
                        readers += 1;
                        for (u32 n = sim::choose(20); n > 0; --n) arch::sim_point();
                        readers -= 1;
                        break;
                    }
                }
            }
        });
        SIM_CHECK(spawned.has_value());
        thread = std::move(*spawned);
    }
    for (Thread& thread : threads) SIM_CHECK(thread.join().has_value());
}

// Each is a bug, and ends the run by its name; what comes after it is never reached.
void be_wrong() {
    SIM_CHECK(kernel::start_priority_scheduler().has_value());
    constexpr const char* in_handler = "a handler must not block, nor call what may: such a call takes a ThreadContext";
    Semaphore full{1};
    auto wait = [&] { return Thread::spawn({.name = "waits"}, [&] { static_cast<void>(full.take()); }); };
    switch (sim::seed() % 10) {
        case 0: {
            sim::expected_end = "a thread's handle is destroyed before it was joined or detached";
            static_cast<void>(wait().has_value());
            break;
        }
        case 1: {
            sim::expected_end = "a thread's handle is overwritten before it was joined or detached";
            auto one = wait();
            *one = Thread{};
            break;
        }
        case 2:
            // Although it would not have to wait.
            sim::expected_end = in_handler;
            *arch::sim_in_handler = true;
            static_cast<void>(full.take());
            break;
        case 3:
            sim::expected_end = in_handler;
            *arch::sim_in_handler = true;
            static_cast<void>(mutex.try_lock());
            break;
        case 4:
            sim::expected_end = in_handler;
            *arch::sim_in_handler = true;
            this_thread::sleep_for(1_us);
            break;
        case 5:
            sim::expected_end = "a handler must not start a thread";
            *arch::sim_in_handler = true;
            static_cast<void>(wait().has_value());
            break;
        case 8:
            sim::expected_end = "a handler must not start a thread";
            *arch::sim_in_handler = true;
            static_cast<void>(start_timer_thread());
            break;
        case 9: {
            sim::expected_end = "a handler must not detach a thread";
            auto one = wait();
            *arch::sim_in_handler = true;
            static_cast<void>(one->detach());
            break;
        }
        case 6:
            sim::expected_end = "a mutex is unlocked by its owner";
            mutex.unlock();
            break;
        default:
            sim::expected_end =
                "a mutex that is locked without a look at the result was closed, lost its owner, or would "
                "never be free";
            mutex.close();
            mutex.lock();
            break;
    }
    sim::fail("a bug went on");
}

}  // namespace

TEST_CASE(
    "API02 a callable is destroyed once, by its own thread, whether that returns, exits or is terminated anywhere") {
    CHECK(sim::run_seeds("API02", 150, {}, end_in_any_way));
    CHECK(sim::run_seeds("API02", 50, {.switch_one_in = 2, .hold_one_in = 30}, end_in_any_way));
}
TEST_CASE("API15 the standard's guards take the public mutexes, and each holds off the others") {
    CHECK(sim::run_seeds("API15", 100, {}, use_the_standards_guards));
}
TEST_CASE(
    "API16 a handle that is dropped, a blocking call in a handler, a mutex unlocked by another: stopped by name") {
    CHECK(sim::run_seeds("API16", 20, {}, be_wrong));
}
