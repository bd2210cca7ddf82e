// SPDX-License-Identifier: MIT
//
// Which serial port is the console: the one that /chosen names, else alias serial0, else the first. Only
// an enabled port with a driver and with registers counts.

#include <fdt/address.hpp>

#include "parts.hpp"

namespace quartet::platform::parts {
namespace {

// The port at that path or alias, if it can be the console.
const ConsoleNode* port_at(const fdt::Tree& tree, const Found& found, std::string_view path) {
    const auto node = tree.find(path);
    if (!node) return nullptr;
    for (const ConsoleNode& port : found.consoles) {
        if (port.trail->node() == *node) return &port;
    }
    return nullptr;
}

const ConsoleNode* next_best(const fdt::Tree& tree, const Found& found) {
    if (const ConsoleNode* port = port_at(tree, found, "serial0")) return port;
    return found.consoles.empty() ? nullptr : found.consoles.begin();
}

const ConsoleNode* choose(const fdt::Tree& tree, const Found& found, Advice& advice) {
    const auto named = tree.stdout_path();
    if (named) {
        if (const ConsoleNode* port = port_at(tree, found, *named)) return port;
    }
    const ConsoleNode* port = next_best(tree, found);
    if (port == nullptr) return nullptr;
    const auto name = port->trail->node().name();
    if (named) {
        advice.add("stdout-path {} is no enabled pl011 or mini-uart: {} is the console", *named, name);
    } else {
        advice.add("/chosen has no stdout-path: {} is the console", name);
    }
    return port;
}

}  // namespace

std::optional<Console> read_console(const fdt::Tree& tree, const Found& found, fdt::Node gic, Advice& advice) {
    const ConsoleNode* port = choose(tree, found, advice);
    if (port == nullptr) return {};
    Console console;
    console.kind = port->kind;
    console.device.registers = *fdt::reg(*port->trail, 0);  // found.consoles holds only those that have them
    const u32 lines = advice.size();
    console.device.interrupt = read_interrupt(*port->trail, 0, gic, advice);
    if (!console.device.interrupt && advice.size() == lines) {
        advice.add("{}: no interrupt: the console polls", port->trail->node().name());
    }
    read_pins(*port->trail, console);
    return console;
}

}  // namespace quartet::platform::parts
