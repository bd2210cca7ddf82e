// SPDX-License-Identifier: MIT
//
// The steps of `read_machine`, one file each. They share what one walk over the tree found.

#pragma once

#include <fdt/trail.hpp>
#include <platform/machine.hpp>

#include <array>
#include <optional>

namespace quartet::platform::parts {

struct ConsoleNode {
    std::optional<fdt::Trail> trail;
    ConsoleKind kind = ConsoleKind::Pl011;
};

// The first enabled node of each kind, and the serial ports in the tree's order.
struct Found {
    std::optional<fdt::Trail> gic;
    std::optional<fdt::Trail> timer;
    std::optional<fdt::Trail> mailbox;
    std::optional<fdt::Trail> power;
    std::optional<fdt::Trail> gpio;
    std::optional<fdt::Trail> aux;
    std::optional<fdt::Trail> psci;
    FixedVector<ConsoleNode, 8> consoles;
};

// ram.cpp: one node with device_type "memory".
void read_memory(const fdt::Trail& memory, Machine& machine, Advice& advice);
void add_bank(PhysRange range, Machine& machine, Advice& advice);
bool ram_holds(const Machine& machine, PhysRange range);
// The image's pages are a bank where no other holds them.
void add_image(PhysRange image, Machine& machine, Advice& advice);

// reservations.cpp. False if there are too many.
bool reserve(PhysRange range, ReservedFor why, Machine& machine);
bool read_reserved(const fdt::Trail& area, Machine& machine, Advice& advice);
bool read_reserve_map(const fdt::Tree& tree, Machine& machine, Advice& advice);

// cores.cpp: first each node, then, when RAM and PSCI are known, what can be started.
struct CoreCandidates {
    FixedVector<CoreNode, 16> list;
    u32 beyond = 0;
};
void read_core(const fdt::Trail& core, u64 running, CoreCandidates& cores, Advice& advice);
void choose_cores(const CoreCandidates& candidates, const MachineInputs& inputs, Machine& machine, Advice& advice);
void read_psci(const fdt::Trail& psci, Machine& machine, Advice& advice);

// devices.cpp. Whether a block of registers claims more than any has; then advice says so.
bool too_large(const fdt::Trail& device, PhysRange registers, Advice& advice);
// `gic` is where interrupts must end to be usable.
std::optional<Gic> read_gic(const fdt::Trail& gic, Advice& advice);
std::optional<Device> read_device(const fdt::Trail& device, fdt::Node gic, Advice& advice);
void read_timer(const std::optional<fdt::Trail>& timer, fdt::Node gic, Machine& machine, Advice& advice);
// The GIC id of a node's interrupt; nothing, with advice, if it has one that cannot be.
std::optional<u32> read_interrupt(const fdt::Trail& device, u32 index, fdt::Node gic, Advice& advice);

// console.cpp: the port that the tree names, or the next best.
std::optional<Console> read_console(const fdt::Tree& tree, const Found& found, fdt::Node gic, Advice& advice);

// boot_arguments.cpp
BootArguments read_boot_arguments(std::string_view text, Advice& advice);

// pins.cpp
void read_pins(const fdt::Trail& device, Console& console);

}  // namespace quartet::platform::parts
