// SPDX-License-Identifier: MIT
//
// The machine's own tree answers the kernel's question for a node's interrupt (kernel/iface/node_lines.hpp).

#include <boot/described.hpp>
#include <kernel/iface/node_lines.hpp>
#include <platform/node_line.hpp>

namespace quartet::kernel {

std::expected<NodeLine, NodeRefusal> find_node_line(std::string_view path, u32 index) noexcept {
    // Made by the first phases, and sealed since: whoever has a thread may read it.
    const boot::Described& all = *boot::the_description.get();
    return platform::node_line(*all.tree, path, index, fdt::Node{*all.tree, all.machine.gic.node});
}

}  // namespace quartet::kernel
