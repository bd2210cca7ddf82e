// SPDX-License-Identifier: MIT
//
// Which cores can be started, and how. A node that says nonsense costs its core, never the others.

#include <fdt/address.hpp>

#include "parts.hpp"

namespace quartet::platform::parts {
namespace {

constexpr u32 release_slot_bytes = 8;

bool in_ram(const Machine& machine, PhysRange range) {
    for (const PhysRange& bank : machine.ram) {
        if (bank.contains(range)) return true;
    }
    return false;
}

// Why a core cannot be started; empty if it can.
std::string_view obstacle(const CoreNode& core, const MachineInputs& inputs, const Machine& machine) {
    if (core.running) return {};
    switch (core.method) {
        case EnableMethod::None: return "no usable enable-method";
        case EnableMethod::Psci: return machine.psci ? "" : "enable-method psci, but no usable psci node";
        case EnableMethod::SpinTable: break;
    }
    const PhysRange slot{core.release_address, core.release_address + release_slot_bytes};
    if (!is_aligned(slot.begin.value(), release_slot_bytes)) return "cpu-release-addr not 8-aligned";
    if (slot.empty() || !in_ram(machine, slot)) return "cpu-release-addr outside RAM";
    if (slot.overlaps(inputs.image)) return "cpu-release-addr in the kernel's image";
    if (slot.overlaps(inputs.tree)) return "cpu-release-addr in the device tree";
    for (const Reservation& each : machine.reserved) {
        if (each.why == ReservedFor::NoMap && slot.overlaps(each.range))
            return "cpu-release-addr where nothing may be mapped";
    }
    return {};
}

EnableMethod method_of(fdt::Node core, fdt::Node cpus) {
    auto method = core.property("enable-method");
    if (!method) method = cpus.property("enable-method");
    if (!method) return EnableMethod::None;
    if (method->strings().contains("psci")) return EnableMethod::Psci;
    // Without an address there is nothing to write to.
    if (method->strings().contains("spin-table") && core.has("cpu-release-addr")) return EnableMethod::SpinTable;
    return EnableMethod::None;
}

}  // namespace

void read_core(const fdt::Trail& trail, u64 running, CoreCandidates& cores, Advice& advice) {
    const fdt::Node node = trail.node();
    const auto reg = fdt::bus_reg(trail, 0);
    if (!reg || (reg->base & ~affinity_mask) != 0) {
        advice.add("{}: its reg is not a core's affinity: core not used", node.name());
        return;
    }
    CoreNode core;
    core.mpidr = reg->base;
    core.running = core.mpidr == (running & affinity_mask);
    for (const CoreNode& other : cores.list) {
        if (other.mpidr == core.mpidr) {
            advice.add("{}: another core has the same reg {:#x}: node not used", node.name(), core.mpidr);
            return;
        }
    }
    if (!core.running && !node.enabled()) {
        advice.add("core {:#x}: disabled in the device tree", core.mpidr);
        return;
    }
    core.method = method_of(node, trail.at(trail.depth() - 1));
    if (core.method == EnableMethod::SpinTable) {
        const auto address = node.property("cpu-release-addr")->number();
        if (!address) core.method = EnableMethod::None;
        core.release_address = PhysAddr{address.value_or(0)};
    }
    if (!cores.list.push(core)) ++cores.beyond;
    if (core.running && cores.list.full()) cores.list[cores.list.size() - 1] = core;
}

void choose_cores(const CoreCandidates& candidates, const MachineInputs& inputs, Machine& machine, Advice& advice) {
    u32 beyond = candidates.beyond;
    for (const CoreNode& core : candidates.list) {
        const auto why = obstacle(core, inputs, machine);
        if (!why.empty()) {
            advice.add("core {:#x} is not started: {}", core.mpidr, why);
        } else if (!machine.cores.push(core)) {
            ++beyond;
            if (core.running) machine.cores[machine.cores.size() - 1] = core;
        }
    }
    if (beyond != 0) advice.add("{} more cores than the {} that Quartet uses", beyond, max_cores);
}

void read_psci(const fdt::Trail& psci, Machine& machine, Advice& advice) {
    const fdt::Node node = psci.node();
    const auto method = node.property("method");
    const auto text = method ? method->text() : std::nullopt;
    if (!node.compatible("arm,psci-0.2") && !node.compatible("arm,psci-1.0")) {
        advice.add("psci: version 0.1 is not supported: boot with firmware that has PSCI 0.2");
    } else if (text == "smc") {
        machine.psci = Conduit::Smc;
    } else if (text == "hvc") {
        machine.psci = Conduit::Hvc;
    } else {
        advice.add("psci: method is neither smc nor hvc: correct the device tree");
    }
}

}  // namespace quartet::platform::parts
