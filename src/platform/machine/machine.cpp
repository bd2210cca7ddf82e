// SPDX-License-Identifier: MIT
//
// One walk over the tree finds what the machine has; then it is judged.

#include <platform/machine.hpp>

#include <fdt/address.hpp>

#include "parts.hpp"

namespace quartet::platform {
namespace {

using parts::Found;

enum class Role : u8 { Gic, Timer, Mailbox, Power, Gpio, Aux, Psci, Pl011, MiniUart };

struct Binding {
    std::string_view compatible;
    Role role;
};

constexpr Binding bindings[] = {
    {"arm,gic-400", Role::Gic},        {"arm,cortex-a15-gic", Role::Gic},    {"arm,armv8-timer", Role::Timer},
    {"arm,armv7-timer", Role::Timer},  {"arm,pl011", Role::Pl011},           {"brcm,bcm2835-aux-uart", Role::MiniUart},
    {"brcm,bcm2835-aux", Role::Aux},   {"brcm,bcm2835-mbox", Role::Mailbox}, {"brcm,bcm2835-pm-wdt", Role::Power},
    {"brcm,bcm2711-gpio", Role::Gpio}, {"arm,psci-1.0", Role::Psci},         {"arm,psci-0.2", Role::Psci},
    {"arm,psci", Role::Psci},
};

std::optional<Role> role_of(fdt::Node node) {
    const auto list = node.property("compatible");
    if (!list) return {};
    for (const std::string_view text : list->strings()) {
        for (const Binding& binding : bindings) {
            if (binding.compatible == text) return binding.role;
        }
    }
    return {};
}

void keep_port(const fdt::Trail& trail, ConsoleKind kind, Found& found, Advice& advice) {
    const auto registers = fdt::reg(trail, 0);
    if (!registers || parts::too_large(trail, *registers, advice)) return;
    // A board with more than eight ports: those beyond cannot be the console.
    static_cast<void>(found.consoles.push({trail, kind}));
}

void keep(const fdt::Trail& trail, Role role, Found& found, Advice& advice) {
    if (!trail.enabled()) return;
    const auto first = [&trail](std::optional<fdt::Trail>& place) {
        if (!place) place = trail;
    };
    switch (role) {
        case Role::Gic: return first(found.gic);
        case Role::Timer: return first(found.timer);
        case Role::Mailbox: return first(found.mailbox);
        case Role::Power: return first(found.power);
        case Role::Gpio: return first(found.gpio);
        case Role::Aux: return first(found.aux);
        case Role::Psci: return first(found.psci);
        case Role::Pl011: return keep_port(trail, ConsoleKind::Pl011, found, advice);
        case Role::MiniUart: return keep_port(trail, ConsoleKind::MiniUart, found, advice);
    }
}

bool device_type_is(fdt::Node node, std::string_view type) {
    const auto property = node.property("device_type");
    return property && property->text() == type;
}

bool child_of(const fdt::Trail& trail, std::string_view parent) {
    return trail.depth() == 2 && trail.at(1).name() == parent;
}

// False if there are too many reservations.
bool walk(const fdt::Tree& tree, u64 running, Machine& machine, Found& found, parts::CoreCandidates& cores,
          Advice& advice) {
    for (fdt::Walk walk{tree}; walk.next();) {
        const fdt::Trail& trail = walk.trail();
        if (child_of(trail, "reserved-memory")) {
            if (trail.enabled() && !parts::read_reserved(trail, machine, advice)) return false;
        } else if (child_of(trail, "cpus")) {
            if (device_type_is(trail.node(), "cpu")) parts::read_core(trail, running, cores, advice);
        } else if (trail.depth() == 1 && device_type_is(trail.node(), "memory")) {
            if (trail.enabled()) parts::read_memory(trail, machine, advice);
        } else if (const auto role = role_of(trail.node())) {
            keep(trail, *role, found, advice);
        }
    }
    return true;
}

}  // namespace

std::string_view words(ReservedFor why) {
    switch (why) {
        case ReservedFor::MemReserve: return "memreserve";
        case ReservedFor::ReservedMemory: return "reserved-memory";
        case ReservedFor::NoMap: return "reserved-memory no-map";
        case ReservedFor::FirstPage: return "page 0: spin table";
        case ReservedFor::Tree: return "device tree";
        case ReservedFor::Image: return "image";
        case ReservedFor::CrashRecord: return "crash record";
    }
    return "unknown";
}

std::string_view words(EnableMethod method) {
    switch (method) {
        case EnableMethod::None: return "none";
        case EnableMethod::SpinTable: return "spin-table";
        case EnableMethod::Psci: return "psci";
    }
    return "unknown";
}

std::string_view words(ConsoleKind kind) {
    switch (kind) {
        case ConsoleKind::Pl011: return "pl011";
        case ConsoleKind::MiniUart: return "mini-uart";
    }
    return "unknown";
}

std::string_view words(Unusable why) {
    switch (why) {
        case Unusable::NoRamForImage: return "no memory bank holds the kernel's image";
        case Unusable::NoRunningCore: return "no cpu node for the running core";
        case Unusable::NoInterruptController: return "no usable GIC (arm,gic-400 or arm,cortex-a15-gic)";
        case Unusable::NoConsole: return "no enabled pl011 or mini-uart";
        case Unusable::TooManyReservations: return "more than 64 reserved areas";
    }
    return "unknown";
}

std::expected<Machine, Unusable> read_machine(const fdt::Tree& tree, const MachineInputs& inputs, Advice& advice) {
    const auto refuse = [](Unusable why) { return std::unexpected{why}; };
    Machine machine;
    Found found;
    parts::CoreCandidates cores;

    const bool reserved = parts::reserve({PhysAddr{0}, PhysAddr{page_size}}, ReservedFor::FirstPage, machine) &&
                          parts::reserve(inputs.image, ReservedFor::Image, machine) &&
                          parts::reserve(inputs.tree, ReservedFor::Tree, machine) &&
                          parts::read_reserve_map(tree, machine, advice) &&
                          walk(tree, inputs.mpidr, machine, found, cores, advice);
    if (!reserved) return refuse(Unusable::TooManyReservations);
    if (inputs.image_is_ram) parts::add_image(inputs.image, machine, advice);
    if (!parts::ram_holds(machine, inputs.image)) return refuse(Unusable::NoRamForImage);

    if (found.psci) parts::read_psci(*found.psci, machine, advice);
    parts::choose_cores(cores, inputs, machine, advice);
    if (machine.running_core() == nullptr) return refuse(Unusable::NoRunningCore);

    const auto gic = found.gic ? parts::read_gic(*found.gic, advice) : std::nullopt;
    if (!gic) return refuse(Unusable::NoInterruptController);
    machine.gic = *gic;
    const fdt::Node gic_node = found.gic->node();
    parts::read_timer(found.timer, gic_node, machine, advice);

    const auto console = parts::read_console(tree, found, gic_node, advice);
    if (!console) return refuse(Unusable::NoConsole);
    machine.console = *console;

    const auto device = [&](const std::optional<fdt::Trail>& trail) {
        return trail ? parts::read_device(*trail, gic_node, advice) : std::nullopt;
    };
    machine.mailbox = device(found.mailbox);
    machine.power = device(found.power);
    machine.gpio = device(found.gpio);
    machine.aux = device(found.aux);
    if (const auto model = tree.root().property("model")) machine.model = model->text().value_or("");
    machine.arguments = parts::read_boot_arguments(tree.bootargs(), advice);
    return machine;
}

}  // namespace quartet::platform
