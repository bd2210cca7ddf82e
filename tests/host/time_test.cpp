// SPDX-License-Identifier: MIT

#include <kernel/time.hpp>

#include <doctest/doctest.h>

#include <random>

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
    CHECK_FALSE(kernel::set_clock_frequency(~u64{0}));
    CHECK(kernel::set_clock_frequency(62'500'000));
    CHECK(kernel::clock_scale.counts(Duration{0}) == 0);
    CHECK(kernel::after({5}, Duration::forever()) == kernel::Instant::never());
}
