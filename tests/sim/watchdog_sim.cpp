// SPDX-License-Identifier: MIT
//
// The watchdog on four simulated cores: it is kicked as long as all of them take interrupts, and not a round longer; the
// twin resets as long as one of them does.

#include "controller.hpp"
#include "threads.hpp"

#include <kernel/fault/watchdog.hpp>

#include <doctest/doctest.h>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

constexpr u32 time_out_ms = 2000;

u64 ms(u64 counts) { return counts * 1000 / clock_scale.hertz(); }

// The chip's, as far as it counts.
struct Chip final : WatchdogDevice {
    u64 fires_at = ~u64{0};
    u32 kicks = 0;
    u32 start_watchdog(u32 milliseconds) noexcept override {
        SIM_CHECK(arch::sim_counter < fires_at);
        SIM_CHECK(milliseconds == time_out_ms);
        fires_at = arch::sim_counter + clock_scale.counts(kernel::milliseconds(milliseconds));
        kicks += 1;
        return milliseconds;
    }
    void stop_watchdog() noexcept override { fires_at = ~u64{0}; }
};
Chip chip;

struct Power final : PowerController {
    u64 reset_at = 0;
    void reboot() noexcept override {
        if (reset_at == 0) reset_at = arch::sim_counter;
    }
    void power_off() noexcept override {}
};
Power power;

bool standing[max_cores];
bool may_go = false;

void stand_still(ThreadContext&, void*) {
    arch::IrqsMasked masked;
    standing[arch::core_id()] = true;
    while (!may_go) arch::relax();
}

void kicked_while_all_move() {
    start_interrupts();
    auto self = start_and_await_all();
    set_watchdog_devices(&chip, &power, 60);
    SIM_CHECK(start_watchdog(self, 1000) == Result<u32>{fail(Error::Invalid)});
    const auto started = start_watchdog(self, time_out_ms);
    SIM_CHECK(started && *started == time_out_ms && !watchdog_state().twin);
    sleep_for(self, seconds(20));
    SIM_CHECK(arch::sim_counter < chip.fires_at);
    SIM_CHECK(chip.kicks >= 30 && chip.kicks <= 42);
    // A debugger: nothing comes of it, however long it takes; and then all goes on.
    hold_watchdog(true);
    SIM_CHECK(chip.fires_at == ~u64{0});
    hold_watchdog(false);
    sleep_for(self, seconds(5));
    SIM_CHECK(chip.fires_at != ~u64{0} && arch::sim_counter < chip.fires_at);
    stop_watchdog();
    const u32 kicks = chip.kicks;
    sleep_for(self, seconds(5));
    SIM_CHECK(chip.kicks == kicks && chip.fires_at == ~u64{0} && watchdog_state().milliseconds == 0);
}

// Until `core` stands still.
ThreadHandle stop_core(ThreadContext& self, u32 core) {
    ThreadHandle thread = must_spawn("stands", 20, stand_still, nullptr, 1u << core);
    while (!standing[core]) yield(self);
    return thread;
}

void one_that_stands_still_ends_it() {
    start_interrupts();
    auto self = start_and_await_all();
    (void)set_affinity(current(), 1);
    set_watchdog_devices(&chip, &power, 60);
    SIM_CHECK(start_watchdog(self, time_out_ms).has_value());
    sleep_for(self, milliseconds(choose(3000)));
    const u64 before = arch::sim_counter;
    ThreadHandle thread = stop_core(self, 1 + choose(3));
    const u64 last = chip.fires_at;
    sleep_for(self, milliseconds(time_out_ms / 4 + 100));
    // Its last word may have been in a round that was completed since; there is no second one.
    const u64 fires = chip.fires_at;
    SIM_CHECK(fires >= last && ms(fires - before) <= time_out_ms + time_out_ms / 4 + 100);
    sleep_for(self, milliseconds(700));
    SIM_CHECK(chip.fires_at == fires);
    may_go = true;
    must_join(self, thread);
    stop_watchdog();
}

void the_twin_resets_where_one_core_is_left() {
    start_interrupts();
    auto self = start_and_await_all();
    (void)set_affinity(current(), 1);
    set_watchdog_devices(nullptr, &power, 60);
    SIM_CHECK(start_watchdog(self, time_out_ms).has_value() && watchdog_state().twin);
    sleep_for(self, seconds(7));
    SIM_CHECK(power.reset_at == 0);
    const u64 before = arch::sim_counter;
    ThreadHandle threads[3];
    for (u32 core = 1; core < max_cores; ++core) threads[core - 1] = stop_core(self, core);
    while (power.reset_at == 0) sleep_for(self, milliseconds(100));
    SIM_CHECK(ms(power.reset_at - before) >= time_out_ms / 2 && ms(power.reset_at - before) <= 2 * time_out_ms);
    may_go = true;
    for (ThreadHandle thread : threads) must_join(self, thread);
    stop_watchdog();
}

}  // namespace

TEST_CASE("WDT01 the watchdog is kicked while all cores move, held while a debugger wants that, and off when told") {
    CHECK(run_seeds("WDT01 kicked", 20, {}, kicked_while_all_move));
}
TEST_CASE("WDT01 one core that takes no interrupts is enough for the watchdog to be kicked no more") {
    CHECK(run_seeds("WDT01 one", 20, {.leap_one_in = 20, .leap_at_rest = true, .longest_flight = 40'000'000},
                    one_that_stands_still_ends_it));
}
TEST_CASE("WDT03 the software twin resets as long as one core takes interrupts") {
    CHECK(run_seeds("WDT03 twin", 20, {.leap_one_in = 20, .leap_at_rest = true, .longest_flight = 40'000'000},
                    the_twin_resets_where_one_core_is_left));
}
