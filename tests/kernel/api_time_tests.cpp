// SPDX-License-Identifier: MIT

#include "api.hpp"

using namespace quartet;
using namespace quartet::selftest_detail;

static_assert(10_ms == milliseconds(10) && 1_s == seconds(1) && 1'000_us == 1_ms && 1'000_ns == 1_us);
static_assert(1_s - 300_ms == 700_ms && 300_ms - 1_s == Duration::zero() && 3 * 2_ms == 2_ms * 3);
static_assert(Duration::forever() + 1_ns == Duration::forever() && Duration::forever() - 1_s == Duration::forever());
static_assert(Duration::forever() * 0 == Duration::forever() && 5'000'000'000_s * 4 == Duration::forever());
static_assert(1_s / 3 == 333'333'333_ns && 1_s / 300_ms == 3 && Duration::forever() / 2 == Duration::forever());

SELFTEST("API14", "sleeping in both forms is not early, and a time that is past is no wait") {
    ApiFlow flow;
    const Instant begin = Clock::now();
    this_thread::sleep_for(300_us);
    EXPECT(Clock::now() - begin >= 300_us);
    this_thread::sleep_until(begin + 1_ms);
    EXPECT(Clock::now() >= begin + 1_ms);
    this_thread::sleep_until(flow.self, begin);
    this_thread::sleep_for(flow.self, Duration::zero());
    EXPECT(begin - Clock::now() == Duration::zero());
    EXPECT(Clock::since_reset(begin) + 1_ms <= Clock::since_reset(Clock::now()));
    EXPECT(Clock::hertz() >= 1'000'000 && begin + Duration::forever() == Instant::never());
}

SELFTEST("API09", "a periodic loop goes from deadline to deadline, counts what it missed, and has a period") {
    ApiFlow flow;
    EXPECT(is(Periodic::every(Duration::zero()), Error::Invalid));
    const Instant begin = Clock::now();
    auto period = Periodic::every(1_ms, begin);
    REQUIRE(period);
    EXPECT(period->next() - begin >= 1_ms - 1_us && period->next() - begin <= 1_ms);
    const u64 before = statistics_of(this_thread::id())->deadline_misses;
    static_cast<void>(period->wait());
    EXPECT(Clock::now() - begin >= 1_ms - 1_us);
    this_thread::sleep_until(period->next() + 2_ms);
    EXPECT(period->wait(flow.self) >= 2);
    EXPECT(period->missed() >= 2 && statistics_of(this_thread::id())->deadline_misses - before == period->missed());
}

SELFTEST("API10", "timers call in the handler and in the timer thread, are cancelled, and have a shortest period") {
    ApiFlow flow;
    struct Calls {
        Semaphore in_handler;
        Semaphore in_thread;
    } calls;
    HandlerTimer early{[](HandlerTimer& timer) noexcept {
                           static_cast<void>(static_cast<Calls*>(timer.argument())->in_handler.give().has_value());
                       },
                       &calls};
    EXPECT(is(early.start(1_ms, shortest_period - 1_ns), Error::Invalid));
    EXPECT(early.start(100_us, 200_us).has_value());
    for (u32 n = 0; n < 3; ++n) EXPECT(calls.in_handler.take_for(flow.self, 10_s).has_value());
    EXPECT(early.cancel_and_wait() && !early.armed());
    EXPECT(start_timer_thread().has_value());
    Timer late{[](ThreadContext& self, Timer& timer) {
                   this_thread::sleep_for(self, 10_us);
                   static_cast<void>(static_cast<Calls*>(timer.argument())->in_thread.give().has_value());
               },
               &calls};
    EXPECT(late.start(100_us).has_value());
    EXPECT(calls.in_thread.take_for(10_s).has_value());
    EXPECT(late.start(3'600_s).has_value() && late.armed() && late.remaining() > 3'000_s);
    EXPECT(late.cancel() && !late.cancel());
    EXPECT(is(late.resume(), Error::Invalid));
}
