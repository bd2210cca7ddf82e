// SPDX-License-Identifier: MIT

#include <fdt/trail.hpp>

namespace quartet::fdt {

bool Trail::enabled() const {
    for (u32 depth = 0; depth <= depth_; ++depth) {
        if (!at(depth).enabled()) return false;
    }
    return true;
}

bool Walk::next() {
    const Blocks& blocks = trail_.tree().blocks();
    while (true) {
        const u32 offset = next_;
        const Token token = blocks.next(offset);
        next_ = token.next;
        if (token.tag == Tag::End) return false;
        if (token.tag == Tag::EndNode) {
            if (open_ == 0) return false;
            --open_;
        }
        if (token.tag == Tag::BeginNode) {
            if (open_ == max_depth) return false;  // never in a checked tree
            trail_.depth_ = open_;
            trail_.offsets_[open_++] = offset;
            return true;
        }
    }
}

std::optional<Trail> trail_to(Node node) {
    for (Walk walk{node.tree()}; walk.next();) {
        if (walk.node() == node) return walk.trail();
    }
    return {};
}

}  // namespace quartet::fdt
