// SPDX-License-Identifier: MIT

#include <platform/node_line.hpp>

#include <fdt/interrupts.hpp>
#include <platform/gic_specifier.hpp>

namespace quartet::platform {

namespace {

using kernel::NodeLine;
using kernel::NodeRefusal;

std::unexpected<NodeRefusal> refuse(Error error, std::string_view why) {
    return std::unexpected{NodeRefusal{error, why}};
}

}  // namespace

std::expected<NodeLine, NodeRefusal> node_line(const fdt::Trail& device, u32 index, fdt::Node gic) {
    const auto specifier = fdt::interrupt(device, index, gic);
    if (!specifier) {
        const bool none = specifier.error() == fdt::InterruptFault::None;
        return refuse(none ? Error::NotFound : Error::Invalid, words(specifier.error()));
    }
    if (specifier->controller != gic) return refuse(Error::Unsupported, "its interrupt does not go to the GIC");
    const auto line = gic_interrupt(specifier->cells);
    if (!line) return refuse(Error::Invalid, words(line.error()));
    return *line;
}

std::expected<NodeLine, NodeRefusal> node_line(const fdt::Tree& tree, std::string_view path, u32 index, fdt::Node gic) {
    const auto node = tree.find(path);
    const auto trail = node ? fdt::trail_to(*node) : std::nullopt;
    if (!trail) return refuse(Error::NotFound, "no such node");
    if (!trail->enabled()) return refuse(Error::NotFound, "the node is disabled");
    return node_line(*trail, index, gic);
}

}  // namespace quartet::platform
