// SPDX-License-Identifier: MIT
//
// A handler for a device that is named by its node in the device tree: id and trigger are what the tree says.
// `attach_shared` and `attach_threaded` are had the same way, by what `find_node_line` tells.

#pragma once

#include <kernel/iface/node_lines.hpp>
#include <kernel/irq/irq.hpp>

namespace quartet::kernel::irq {

// As `attach` for interrupt `index` of the node at `path`; its trigger is the tree's, whatever `options` say. Returns the id.
// Context: thread. Cost: linear in the tree. Errors: those of `find_node_line` and of `attach`.
inline std::expected<u32, NodeRefusal> attach_node(std::string_view path, u32 index, IrqHandler handler, void* argument,
                                                   Options options = {}) noexcept {
    const NodeLine line = TRY(find_node_line(path, index));
    options.trigger = line.trigger;
    if (Status attached = attach(line.id, handler, argument, options); !attached)
        return std::unexpected{NodeRefusal{attached.error(), words(attached.error())}};
    return line.id;
}

}  // namespace quartet::kernel::irq
