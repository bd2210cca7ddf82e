// SPDX-License-Identifier: MIT
//
// A node together with all its ancestors. A flattened tree has no way up, and whoever translates an
// address or inherits an interrupt parent has to go up: so those who walk down keep the way.

#pragma once

#include <base/types.hpp>
#include <fdt/tree.hpp>

#include <array>
#include <optional>

namespace quartet::fdt {

class Trail {
public:
    explicit Trail(Node root) : tree_(&root.tree()), depth_(0) { offsets_[0] = root.offset(); }

    const Tree& tree() const { return *tree_; }
    Node node() const { return {*tree_, offsets_[depth_]}; }
    // 0 for the root.
    u32 depth() const { return depth_; }
    // The ancestor (or the node) at that depth.
    Node at(u32 depth) const { return {*tree_, offsets_[depth <= depth_ ? depth : depth_]}; }
    // Nothing for the root.
    std::optional<Trail> parent() const {
        if (depth_ == 0) return {};
        Trail up = *this;
        --up.depth_;
        return up;
    }
    // False if the node or one of its ancestors is disabled.
    bool enabled() const;

private:
    friend class Walk;
    const Tree* tree_;
    u32 depth_;
    std::array<u32, max_depth> offsets_{};
};

// All nodes, each before its children: `for (Walk walk{tree}; walk.next();) … walk.node() …`.
// Cost: one pass over the struct block in all.
class Walk {
public:
    explicit Walk(const Tree& tree) : trail_(tree.root()), next_(tree.root().offset()) {}

    bool next();
    Node node() const { return trail_.node(); }
    const Trail& trail() const { return trail_; }

private:
    Trail trail_;
    u32 next_;
    u32 open_ = 0;  // nodes begun and not ended
};

// The way to a node. Cost: linear in the part of the tree before it.
std::optional<Trail> trail_to(Node node);

}  // namespace quartet::fdt
