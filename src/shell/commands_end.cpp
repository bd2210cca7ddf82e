// SPDX-License-Identifier: MIT
//
// Commands that end the run: reboot, poweroff.

#include <shell/command_list.hpp>

#include <kernel/console/console.hpp>
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

constexpr Command commands[] = {
    {"reboot", "resets the machine", 0, 0, &reboot},
    {"poweroff", "halts the machine; QEMU exits", 0, 0, &poweroff},
};

}  // namespace

constinit const CommandGroup end_commands = commands;

}  // namespace quartet::shell
