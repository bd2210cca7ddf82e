// SPDX-License-Identifier: MIT

#include <kernel/time/time.hpp>
#include <sync/clock.hpp>

#include <doctest/doctest.h>

#include <random>
#include <utility>

using namespace quartet;
using kernel::ClockScale;
using kernel::Duration;

TEST_CASE("TMR01 nanoseconds become counts that are never too few, at the frequencies of board and emulator") {
    std::mt19937_64 random{1};
    for (u64 hertz : {62'500'000ull, 54'000'000ull, 19'200'000ull, 1'000'000'000ull}) {
        ClockScale scale{hertz};
        for (int n = 0; n < 20'000; ++n) {
            u64 ns = random() >> (random() % 60);
            __extension__ using Wide = unsigned __int128;
            Wide exact = (Wide{ns} * hertz + 999'999'999) / 1'000'000'000;
            u64 counts = scale.counts(Duration{ns});
            CHECK(Wide{counts} >= exact);
            CHECK(Wide{counts} <= exact + 2);
            u64 back_exact = static_cast<u64>(Wide{ns} * 1'000'000'000 / hertz);
            if ((Wide{ns} * 1'000'000'000 / hertz) >> 64) continue;
            u64 back = scale.nanoseconds(ns);
            CHECK(back <= back_exact);
            CHECK(back_exact - back <= 1);
        }
    }
}

TEST_CASE("TMR01 a frequency that no counter has is replaced") {
    CHECK_FALSE(kernel::set_clock_frequency(0, 54'000'000));
    CHECK(kernel::clock_scale.hertz() == 54'000'000);
    CHECK(sync::counter_hertz() == 54'000'000);
    CHECK_FALSE(kernel::set_clock_frequency(~u64{0}));
    CHECK_FALSE(kernel::set_clock_frequency(1, 19'200'000));
    CHECK(kernel::clock_scale.hertz() == 19'200'000);
    CHECK(kernel::set_clock_frequency(62'500'000));
    CHECK(kernel::clock_scale.counts(Duration{0}) == 0);
    CHECK(kernel::after({5}, Duration::forever()) == kernel::Instant::never());
}

TEST_CASE("TMR01 a frequency above a count a nanosecond is replaced: sleeps in it would be too short") {
    for (u64 told : {u64{1'000'000'001}, u64{1'500'000'000}, u64{2'000'000'000}, u64{0xffff'ffff}}) {
        CHECK_FALSE(kernel::set_clock_frequency(told, 54'000'000));
        CHECK(sync::counter_hertz() == 54'000'000);
        CHECK(kernel::clock_scale.counts(Duration{1'000'000'000}) >= 54'000'000);
    }
    // The fastest that is believed is counted right.
    CHECK(kernel::set_clock_frequency(1'000'000'000));
    CHECK(kernel::clock_scale.counts(Duration{3'000'000'000}) >= 3'000'000'000);
    CHECK(kernel::set_clock_frequency(62'500'000));
}

TEST_CASE("TMR03 the end of a sleep that lies beyond the clock's last count is never, not in the past") {
    // At the fastest clock that is believed, and from an instant near the last one at any.
    CHECK(kernel::set_clock_frequency(1'000'000'000));
    const Duration largest{Duration::forever().ns - 1};
    CHECK(kernel::after({0}, largest).counts > ~u64{0} - 3);
    CHECK(kernel::after({1'000}, largest) == kernel::Instant::never());
    CHECK(kernel::set_clock_frequency(62'500'000));
    CHECK(kernel::after({1'000}, largest).counts > ~u64{0} / 17);
    CHECK(kernel::after({~u64{0} - 10}, Duration{1'000'000}) == kernel::Instant::never());
}

TEST_CASE("TMR01 a time-out counts in the clock that was decided on, not in what CNTFRQ says") {
    const u64 told = std::exchange(arch::sim_frequency, 0);
    (void)kernel::set_clock_frequency(arch::counter_frequency(), 54'000'000);
    arch::sim_counter = ~u64{0} - 1'000;  // the counter wraps on the way
    u64 begin = arch::sim_counter;
    u64 looks = 0;
    bool ready = sync::wait_until(100, [&] {
        arch::sim_counter += 1'000;
        ++looks;
        return false;
    });
    CHECK_FALSE(ready);
    CHECK(arch::sim_counter - begin > 5'400'000);
    CHECK(arch::sim_counter - begin < 5'404'000);
    // In time at the very last look.
    sync::Deadline over{1};
    arch::sim_counter += 54'001;
    CHECK(over.passed());
    looks = 0;
    CHECK(sync::wait_until(over, [&] { return ++looks == 2; }));
    arch::sim_counter = 0;
    arch::sim_frequency = told;
    CHECK(kernel::set_clock_frequency(told));
}

TEST_CASE("TMR02 a period is the nearest number of counts: nothing is added each time that it is") {
    using kernel::milliseconds, kernel::microseconds, kernel::nanoseconds;
    CHECK(kernel::ClockScale{62'500'000}.nearest_counts(milliseconds(1)) == 62'500);
    CHECK(kernel::ClockScale{54'000'000}.nearest_counts(milliseconds(1)) == 54'000);
    CHECK(kernel::ClockScale{54'000'000}.nearest_counts(kernel::seconds(1)) == 54'000'000);
    CHECK(kernel::ClockScale{62'500'000}.nearest_counts(nanoseconds(24)) == 2);
    CHECK(kernel::ClockScale{62'500'000}.nearest_counts(nanoseconds(23)) == 1);
    CHECK(kernel::ClockScale{19'200'000}.nearest_counts(microseconds(10)) == 192);
}
