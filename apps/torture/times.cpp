// SPDX-License-Identifier: MIT
//
// Sleeps and timers: never early, and as often as they were asked for.

#include "worker.hpp"

namespace quartet::torture {
namespace {

using Order = arch::Order;

struct Alarm {
    Semaphore rang;
    arch::Atomic<u64> times{0};
    arch::Atomic<u64> at{0};  // counts
};

void ring(HandlerTimer& timer) noexcept {
    auto& alarm = *static_cast<Alarm*>(timer.argument());
    alarm.at.store(Clock::now().counts, Order::Relaxed);
    alarm.times.fetch_add(1, Order::Relaxed);
    static_cast<void>(alarm.rang.give());
}

}  // namespace

void sleep(Worker& worker) {
    const Duration duration = kernel::microseconds(worker.random.below(400));
    const Instant end = Clock::now() + duration;
    this_thread::sleep_for(worker.self, duration);
    worker.expect(Clock::now() >= end, "no sleep ends early");
}

void timer(Worker& worker) {
    Alarm alarm;
    HandlerTimer timer{ring, &alarm};
    const Duration first = kernel::microseconds(worker.random.from(10, 500));
    const Instant due = Clock::now() + first;
    const bool again = worker.random.one_in(3);
    if (!worker.expect(timer.start(first, again ? kernel::microseconds(100) : Duration::zero()).has_value(), "start"))
        return;
    if (worker.random.one_in(3)) {
        const bool prevented = timer.cancel_and_wait();
        const u64 times = alarm.times.load(Order::Relaxed);
        worker.expect(again || prevented == (times == 0), "a callback comes, or its timer was cancelled");
        this_thread::sleep_for(worker.self, first);
        worker.expect(alarm.times.load(Order::Relaxed) == times, "none comes after that");
        return;
    }
    for (u32 ring = 0; ring < (again ? 2u : 1u); ++ring)
        if (!worker.came(alarm.rang.take_for(worker.self, never_comes), "a timer rings")) return;
    timer.cancel_and_wait();
    worker.expect(alarm.at.load(Order::Relaxed) >= due.counts, "no timer is early");
    worker.expect(again || alarm.times.load(Order::Relaxed) == 1, "it rings once");
}

}  // namespace quartet::torture
