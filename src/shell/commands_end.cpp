// SPDX-License-Identifier: MIT
//
// Commands that end the run, or may: reboot, poweroff, watchdog.

#include <shell/command_list.hpp>

#include <kernel/console/console.hpp>
#include <kernel/fault/watchdog.hpp>
#include <kernel/thread/threads.hpp>

namespace quartet::shell {
namespace {

void end(const Invocation& call, void (kernel::PowerController::*how)() noexcept) {
    kernel::PowerController* power = call.environment.power;
    if (power == nullptr) return call.refuse("the device tree names no power controller");
    if (call.environment.crash != nullptr) call.environment.crash->good_end();
    kernel::console().drain(*call.thread);
    (power->*how)();
    // The device obeys within some 150 us (10 ticks of the watchdog); a second later it has not.
    kernel::sleep_for(*call.thread, kernel::seconds(1));
    call.refuse("the power controller does not obey");
}

void reboot(const Invocation& call) { end(call, &kernel::PowerController::reboot); }
void poweroff(const Invocation& call) { end(call, &kernel::PowerController::power_off); }

void watchdog(const Invocation& call) {
    const std::string_view asked = call.arguments[0];
    if (asked == "off") kernel::stop_watchdog();
    else if (!asked.empty()) {
        Result<u64> seconds = parse_number(asked);
        if (!seconds || *seconds > 1'000'000) return call.misuse("SECONDS is a number");
        if (auto started = kernel::start_watchdog(*call.thread, static_cast<u32>(*seconds * 1000)); !started)
            return call.refuse("{}: at least {} s, and all cores must answer", started.error(),
                               kernel::shortest_watchdog_ms / 1000);
    }
    const kernel::WatchdogState state = kernel::watchdog_state();
    if (state.milliseconds == 0) return call.out.line("off");
    call.out.line("on: {} ms, {}", state.milliseconds, state.twin ? "by software" : "by the chip");
}

constexpr Command commands[] = {
    {"reboot", "resets the machine", 0, 0, &reboot},
    {"watchdog [SECONDS|off]", "resets unless all cores move", 0, 1, &watchdog},
    {"poweroff", "halts the machine; QEMU exits", 0, 0, &poweroff},
};

}  // namespace

constinit const CommandGroup end_commands = commands;

}  // namespace quartet::shell
