// SPDX-License-Identifier: MIT
//
// A device-tree node in source form, as dtc prints it.

#pragma once

#include <fdt/tree.hpp>
#include <shell/output.hpp>

namespace quartet::shell {

// The node with all below it; what dtc reads back gives the same bytes, but for the choice between texts and
// cells. Context: thread, with some 6 KiB of stack (a tree is at most 32 nodes deep).
void print_node(Output& out, const fdt::Node& node);

}  // namespace quartet::shell
