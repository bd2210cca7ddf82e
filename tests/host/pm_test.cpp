// SPDX-License-Identifier: MIT

#include <arch/mmio.hpp>
#include <doctest/doctest.h>
#include <drivers/pm/pm.hpp>
#include <drivers/pm/registers.hpp>

using namespace quartet;
using namespace quartet::drivers;
using namespace quartet::drivers::pm;
using Write = arch::MmioTrace::Write;

TEST_CASE("WDT04 a time-out is clamped to the 20 bits that the watchdog counts") {
    CHECK(PowerManagement::ticks_of(0) == 1);
    CHECK(PowerManagement::ticks_of(1) == 66);
    CHECK(PowerManagement::ticks_of(1000) == 65'536);
    CHECK(PowerManagement::ticks_of(15'999) == 0xf'ffbf);
    CHECK(PowerManagement::ticks_of(16'000) == 0xf'ffff);
    CHECK(PowerManagement::ticks_of(~0u) == 0xf'ffff);
    arch::MmioTrace trace;
    PowerManagement power{arch::MmioRegion{trace}};
    CHECK(power.start_watchdog(5000) == 5000);
    CHECK(power.start_watchdog(60'000) == 15'999);
    CHECK(trace.values[Wdog::offset] == 0x5a0f'ffff);
}

TEST_CASE("WDT04 every write carries the password, and the time is set before the reset is armed") {
    arch::MmioTrace trace;
    trace.values[Rstc::offset] = 0x102;
    PowerManagement power{arch::MmioRegion{trace}};
    power.start_watchdog(1000);
    CHECK(trace.writes == std::vector<Write>{{Wdog::offset, 0x5a01'0000}, {Rstc::offset, 0x5a00'0122}});
    // A kick while it runs never takes the arming away, not for one write.
    trace.writes.clear();
    power.start_watchdog(1000);
    CHECK(trace.writes == std::vector<Write>{{Wdog::offset, 0x5a01'0000}, {Rstc::offset, 0x5a00'0122}});
    trace.writes.clear();
    power.stop_watchdog();
    CHECK(trace.writes == std::vector<Write>{{Rstc::offset, 0x5a00'0102}});
}

TEST_CASE("WDT06 reboot starts partition 0, power-off the halt partition, other bits of the status stay") {
    arch::MmioTrace trace;
    trace.values[Rsts::offset] = 0x0000'1555;
    PowerManagement power{arch::MmioRegion{trace}};
    power.reboot();
    CHECK(trace.writes ==
          std::vector<Write>{{Rsts::offset, 0x5a00'1000}, {Wdog::offset, 0x5a00'000a}, {Rstc::offset, 0x5a00'0020}});
    trace.writes.clear();
    power.power_off();
    CHECK(trace.writes ==
          std::vector<Write>{{Rsts::offset, 0x5a00'1555}, {Wdog::offset, 0x5a00'000a}, {Rstc::offset, 0x5a00'0020}});
}

TEST_CASE("WDT04 what the kernel kicks by its interface is that watchdog") {
    arch::MmioTrace trace;
    PowerManagement power{arch::MmioRegion{trace}};
    PowerWatchdog watchdog{power};
    kernel::WatchdogDevice& device = watchdog;
    CHECK(device.start_watchdog(60'000) == 15'999);
    CHECK(trace.values[Wdog::offset] == 0x5a0f'ffff);
    device.stop_watchdog();
    CHECK(trace.values[Rstc::offset] == 0x5a00'0000);
}
