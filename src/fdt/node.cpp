// SPDX-License-Identifier: MIT

#include <fdt/tree.hpp>

namespace quartet::fdt {

std::string_view Node::name() const { return tree_->blocks().node_name(tree_->blocks().next(offset_)); }

std::string_view Node::unit_address() const {
    const std::string_view whole = name();
    const usize at = whole.find('@');
    return at == std::string_view::npos ? std::string_view{} : whole.substr(at + 1);
}

Properties Node::properties() const { return {tree_->blocks(), tree_->blocks().next(offset_).next}; }

std::optional<Property> Node::property(std::string_view wanted) const {
    const Blocks& blocks = tree_->blocks();
    Token token = blocks.next_property(blocks.next(offset_).next);
    for (; token.tag == Tag::Property; token = blocks.next_property(token.next)) {
        if (!blocks.string_is(token.name, wanted)) continue;
        return Property{blocks.string(token.name), blocks.value(token)};
    }
    return {};
}

Children Node::children() const { return {*tree_, tree_->blocks().next(offset_).next}; }

std::optional<Node> Node::child(std::string_view wanted) const {
    const bool with_address = wanted.find('@') != std::string_view::npos;
    for (const Node candidate : children()) {
        const std::string_view name = candidate.name();
        if (name == wanted) return candidate;
        if (!with_address && name.size() > wanted.size() && name.starts_with(wanted) && name[wanted.size()] == '@') {
            return candidate;
        }
    }
    return {};
}

bool Node::compatible(std::string_view wanted) const {
    const auto list = property("compatible");
    return list && list->strings().contains(wanted);
}

bool Node::enabled() const {
    const auto status = property("status");
    if (!status) return true;
    const auto text = status->text();
    return text == "okay" || text == "ok";
}

std::optional<u32> Node::phandle() const {
    const auto handle = property("phandle");
    if (const auto number = handle ? handle->number32() : std::nullopt) return number;
    const auto old = property("linux,phandle");
    return old ? old->number32() : std::nullopt;
}

void Children::Iterator::find_from(u32 offset, u32 depth) {
    const Blocks& blocks = tree_->blocks();
    while (true) {
        const Token token = blocks.next(offset);
        if (token.tag == Tag::BeginNode) {
            if (depth == 0) {
                at_ = offset;
                next_ = token.next;
                found_ = true;
                return;
            }
            ++depth;
        } else if (token.tag == Tag::EndNode) {
            if (depth == 0) break;
            --depth;
        } else if (token.tag == Tag::End) {
            break;
        }
        offset = token.next;
    }
    found_ = false;
}

}  // namespace quartet::fdt
