// SPDX-License-Identifier: MIT
//
// Interrupts by the nodes of the device tree. The kernel does not read trees: who does answers the one question here. It
// is defined where the tree is known (boot/node_lines.cpp), and an image that does not ask has nothing of it.

#pragma once

#include <base/result.hpp>
#include <base/types.hpp>
#include <kernel/iface/interrupt_controller.hpp>

#include <expected>
#include <string_view>

namespace quartet::kernel {

// What a node's interrupt is for the controller.
struct NodeLine {
    u32 id = 0;
    Trigger trigger = Trigger::LevelSensitive;

    constexpr bool operator==(const NodeLine&) const = default;
};

// Why it is none that could be attached. `why` names what is wrong with the tree; it lives for ever.
struct NodeRefusal {
    Error error;
    std::string_view why;

    constexpr bool operator==(const NodeRefusal&) const = default;
};

// Interrupt `index` of the node at `path` (`/soc/serial@7e201000`, or an alias) of the tree that the machine was started with.
// Context: thread. Cost: linear in the tree.
// Errors: NotFound (no such node, a disabled one, no interrupt of that index), Invalid (a specifier that cannot be), Unsupported
// (it goes to another controller).
std::expected<NodeLine, NodeRefusal> find_node_line(std::string_view path, u32 index) noexcept;

}  // namespace quartet::kernel
