// SPDX-License-Identifier: MIT
//
// Devices by their registers and GIC interrupt. What is wrong with one device costs that device alone.

#include <fdt/address.hpp>
#include <platform/node_line.hpp>

#include "parts.hpp"

namespace quartet::platform::parts {

// No block of this kind is larger; one that claims more would eat the address space of the others, and the few
// tables that there are before memory can be given. A GIC's distributor has 64 KiB where pages have.
constexpr u64 largest_block = 64_KiB;

bool too_large(const fdt::Trail& device, PhysRange registers, Advice& advice) {
    if (registers.size() <= largest_block) return false;
    advice.add("{}: its registers would be {} KiB: device not used", device.node().name(), registers.size() / 1_KiB);
    return true;
}

std::optional<Gic> read_gic(const fdt::Trail& gic, Advice& advice) {
    const auto distributor = fdt::reg(gic, 0);
    const auto cpu_interface = fdt::reg(gic, 1);
    if (!distributor || !cpu_interface) {
        const auto fault = !distributor ? distributor.error() : cpu_interface.error();
        advice.add("interrupt controller {}: {}", gic.node().name(), fault);
        return {};
    }
    for (const PhysRange& block : {*distributor, *cpu_interface}) {
        if (!is_aligned(block.begin.value(), page_size) || block.size() < page_size) {
            advice.add("interrupt controller {}: registers {}-{} are not whole pages", gic.node().name(), block.begin,
                       block.end);
            return {};
        }
        if (too_large(gic, block, advice)) return {};
    }
    return Gic{*distributor, *cpu_interface, gic.node().offset()};
}

std::optional<u32> read_interrupt(const fdt::Trail& device, u32 index, fdt::Node gic, Advice& advice) {
    const auto line = node_line(device, index, gic);
    if (line) return line->id;
    if (line.error().error != Error::NotFound)
        advice.add("{}: {}: its interrupt is not used", device.node().name(), line.error().why);
    return {};
}

std::optional<Device> read_device(const fdt::Trail& device, fdt::Node gic, Advice& advice) {
    const auto registers = fdt::reg(device, 0);
    if (!registers) {
        advice.add("{}: {}: device not used", device.node().name(), registers.error());
        return {};
    }
    if (too_large(device, *registers, advice)) return {};
    return Device{*registers, read_interrupt(device, 0, gic, advice)};
}

void read_timer(const std::optional<fdt::Trail>& timer, fdt::Node gic, Machine& machine, Advice& advice) {
    constexpr u32 virtual_timer = 2;  // secure, non-secure, virtual, hypervisor: binding timer/arm,arch_timer
    if (!timer) {
        advice.add("no arm,armv8-timer node: interrupt {} is taken for the timer", Timer{}.virtual_interrupt);
        return;
    }
    const u32 lines = advice.size();
    if (const auto id = read_interrupt(*timer, virtual_timer, gic, advice); id && *id < 32) {
        machine.timer.virtual_interrupt = *id;
    } else if (advice.size() == lines) {
        advice.add("{}: no private interrupt for the virtual timer: {} is taken", timer->node().name(),
                   Timer{}.virtual_interrupt);
    }
    if (const auto frequency = timer->node().property("clock-frequency")) {
        machine.timer.frequency = frequency->number32();
        if (machine.timer.frequency == 0u) machine.timer.frequency.reset();
    }
}

}  // namespace quartet::platform::parts
