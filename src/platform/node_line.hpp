// SPDX-License-Identifier: MIT
//
// From a node's interrupt to the controller's id and trigger: for the start-up, which reads the devices that the kernel
// itself needs, and for whoever attaches a handler by node later.

#pragma once

#include <fdt/trail.hpp>
#include <kernel/iface/node_lines.hpp>

#include <expected>
#include <string_view>

namespace quartet::platform {

// Interrupt `index` of the node that the trail leads to; `gic` is where it must end to be usable. Context: any; only reads.
// Errors: NotFound (it has none of that index), Invalid (it cannot be), Unsupported (it goes elsewhere).
std::expected<kernel::NodeLine, kernel::NodeRefusal> node_line(const fdt::Trail& device, u32 index, fdt::Node gic);

// The same for the node at `path`. Errors: NotFound also where there is no such node, or it or one above it is disabled.
std::expected<kernel::NodeLine, kernel::NodeRefusal> node_line(const fdt::Tree& tree, std::string_view path, u32 index,
                                                               fdt::Node gic);

}  // namespace quartet::platform
