// SPDX-License-Identifier: MIT

#include <platform/devices.hpp>

#include <drivers/gic/gic.hpp>
#include <drivers/gpio/gpio.hpp>
#include <drivers/mailbox/mailbox.hpp>
#include <drivers/pm/pm.hpp>
#include <drivers/psci/psci.hpp>
#include <drivers/uart/mini_uart.hpp>
#include <drivers/uart/pl011.hpp>
#include <kernel/irq/cross_call.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/sched/reschedule_ipi.hpp>
#include <mm/kernel_map.hpp>

#include <optional>

namespace quartet::platform {

namespace {

constinit std::optional<drivers::Gic> the_gic;
constinit std::optional<drivers::Pl011> the_pl011;
constinit std::optional<drivers::MiniUart> the_mini_uart;
constinit std::optional<drivers::Mailbox> the_mailbox;
constinit std::optional<drivers::PowerManagement> the_power;
constinit std::optional<drivers::PowerWatchdog> the_watchdog;
constinit std::optional<drivers::Psci> the_psci;
constinit drivers::PropertyBuffer property_buffer;

constexpr u64 usual_pl011_clock = 48'000'000;
constexpr u64 usual_core_clock = 500'000'000;
// Where AUX_ENABLES lies, seen from the mini-UART (BCM2711 ARM Peripherals, 2.1).
constexpr u64 aux_before_mini_uart = 0x40;
constexpr u32 no_interrupt = 1023;

Result<arch::MmioRegion> map(const PhysRange& registers) noexcept {
    uptr base = TRY(mm::map_device(registers.begin, registers.size()));
    return arch::MmioRegion{Unsafe{"just mapped as a device, for good; each device is made once, here"}, base};
}

// What the clock does, else what it was set to, else what it usually is.
u64 rate_of(drivers::Mailbox::Clock clock, u64 usual) noexcept {
    if (!the_mailbox) return usual;
    if (auto measured = the_mailbox->measured_clock_rate(clock)) return *measured;
    return the_mailbox->clock_rate(clock).value_or(static_cast<u32>(usual));
}

// The tree's code of a pull (brcm,pull) is not the register's.
drivers::Gpio::Pull pull_of(u8 code) noexcept {
    using Pull = drivers::Gpio::Pull;
    return code == 1 ? Pull::Down : code == 2 ? Pull::Up : Pull::None;
}

Status set_pins(const Machine& machine) noexcept {
    if (!machine.gpio || machine.console.pins.empty()) return {};
    drivers::Gpio gpio{TRY(map(machine.gpio->registers))};
    for (const Pin& pin : machine.console.pins) {
        TRY(gpio.set_function(pin.number, static_cast<drivers::Gpio::Function>(pin.function & 7)));
        if (pin.pull) TRY(gpio.set_pull(pin.number, pull_of(*pin.pull)));
    }
    return {};
}

Result<kernel::Uart*> make_pl011(const Device& device, u32 interrupt) noexcept {
    the_pl011.emplace(TRY(map(device.registers)), interrupt);
    TRY(the_pl011->configure(rate_of(drivers::Mailbox::Clock::Uart, usual_pl011_clock), console_baud));
    return &*the_pl011;
}

Result<kernel::Uart*> make_mini_uart(const Machine& machine, const Device& device, u32 interrupt) noexcept {
    PhysRange aux{device.registers.begin - aux_before_mini_uart, device.registers.begin};
    if (machine.aux) aux = machine.aux->registers;
    arch::MmioRegion aux_region = TRY(map(aux));
    the_mini_uart.emplace(aux_region, TRY(map(device.registers)), interrupt);
    TRY(the_mini_uart->configure(rate_of(drivers::Mailbox::Clock::Core, usual_core_clock), console_baud));
    return &*the_mini_uart;
}

}  // namespace

void make_firmware_devices(const Machine& machine) noexcept {
    if (machine.mailbox) {
        if (auto region = map(machine.mailbox->registers))
            the_mailbox.emplace(*region, property_buffer, mm::image_physical(&property_buffer));
    }
    if (machine.power) {
        if (auto region = map(machine.power->registers)) the_power.emplace(*region);
    }
    if (machine.psci)
        the_psci.emplace(Unsafe{"the tree's psci node says that this conduit is answered"}, *machine.psci);
}

Result<kernel::Uart*> make_console(const Machine& machine) noexcept {
    // Pins that cannot be set are no reason to be silent: the firmware may have set them.
    static_cast<void>(set_pins(machine));
    const Device& device = machine.console.device;
    u32 interrupt = device.interrupt.value_or(no_interrupt);
    switch (machine.console.kind) {
        case ConsoleKind::Pl011: return make_pl011(device, interrupt);
        case ConsoleKind::MiniUart: return make_mini_uart(machine, device, interrupt);
    }
    return fail(Error::Unsupported);
}

Result<kernel::InterruptController*> make_interrupt_controller(const Machine& machine) noexcept {
    arch::MmioRegion distributor = TRY(map(machine.gic.distributor));
    arch::MmioRegion cpu_interface = TRY(map(machine.gic.cpu_interface));
    the_gic.emplace(distributor, cpu_interface);
    TRY(the_gic->start_distributor());
    kernel::irq::start(*the_gic, cpu_interface.base());
    kernel::start_cross_calls();
    kernel::connect_reschedule();
    return &*the_gic;
}

drivers::Mailbox* mailbox() noexcept { return the_mailbox ? &*the_mailbox : nullptr; }
kernel::PowerController* power_controller() noexcept {
    // The chip's own reset where there is one: it needs nobody below the kernel to work.
    if (the_power) return &*the_power;
    return the_psci ? &*the_psci : nullptr;
}

// The firmware's revision is the time at which it was built, in seconds since 1970; QEMU says 346337 (hw/misc/bcm2835_property.c).
bool is_board() noexcept {
    constexpr u32 year_2001 = 1'000'000'000;
    return the_mailbox && the_mailbox->firmware_revision().value_or(0) > year_2001;
}

kernel::WatchdogDevice* watchdog_device() noexcept {
    if (!the_power || !is_board()) return nullptr;
    if (!the_watchdog) the_watchdog.emplace(*the_power);
    return &*the_watchdog;
}

}  // namespace quartet::platform
