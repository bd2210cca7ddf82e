// SPDX-License-Identifier: MIT
//
// The one check of a whole tree, and the look-ups that start at the root.

#include <fdt/tree.hpp>

#include <fdt/trail.hpp>

namespace quartet::fdt {
namespace {

// The first part of a path with the slashes before it dropped, and what follows it.
struct Step {
    std::string_view part;
    std::string_view rest;
};

Step first_step(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    const usize end = path.find('/');
    if (end == std::string_view::npos) return {path, {}};
    return {path.substr(0, end), path.substr(end)};
}

// From an absolute path only: an alias that names an alias is not followed.
std::optional<Node> descend(Node from, std::string_view path) {
    for (Step step = first_step(path); !step.part.empty(); step = first_step(step.rest)) {
        const auto child = from.child(step.part);
        if (!child) return {};
        from = *child;
    }
    return from;
}

}  // namespace

std::expected<Tree, Fault> Tree::open(Bytes bytes) {
    const auto header = read_header(bytes);
    if (!header) return std::unexpected{header.error()};
    Tree tree;
    tree.bytes_ = bytes.first(header->total_size);
    tree.blocks_ = Blocks{tree.bytes_.subspan(header->struct_offset, header->struct_size),
                          tree.bytes_.subspan(header->strings_offset, header->strings_size)};
    tree.reserve_offset_ = header->reserve_offset;
    if (auto fault = tree.check_structure()) {
        fault->offset += header->struct_offset;
        return std::unexpected{*fault};
    }
    return tree;
}

std::optional<Fault> Tree::check_structure() {
    using enum Fault::Kind;
    u32 depth = 0;
    bool root_seen = false;
    bool properties_allowed = false;
    for (u32 offset = 0;;) {
        if (offset == blocks_.structure().size()) return Fault{depth == 0 ? MissingEnd : NotClosed, offset};
        const auto token = blocks_.scan(offset);
        if (!token) return Fault{token.error(), offset};
        switch (token->tag) {
            case Tag::BeginNode:
                if (depth == 0) {
                    if (root_seen) return Fault{TwoRoots, offset};
                    if (token->size != 0) return Fault{NamedRoot, offset};
                    root_seen = true;
                    root_ = offset;
                }
                if (depth == max_depth) return Fault{NestedTooDeep, offset};
                ++depth;
                properties_allowed = true;
                break;
            case Tag::EndNode:
                if (depth == 0) return Fault{ClosedTooOften, offset};
                --depth;
                properties_allowed = false;
                break;
            case Tag::Property:
                if (depth == 0) return Fault{PropertyOutsideNode, offset};
                if (!properties_allowed) return Fault{PropertyAfterChild, offset};
                break;
            case Tag::Nop: break;
            case Tag::End:
                if (depth != 0) return Fault{NotClosed, offset};
                if (!root_seen) return Fault{NoRoot, offset};
                if (token->next != blocks_.structure().size()) return Fault{BytesAfterEnd, token->next};
                return {};
        }
        offset = token->next;
    }
}

std::optional<Node> Tree::find(std::string_view path) const& {
    if (path.empty()) return {};
    if (path.starts_with('/')) return descend(root(), path);
    const Step step = first_step(path);
    const auto target = alias(step.part);
    if (!target) return {};
    const auto start = descend(root(), *target);
    return start ? descend(*start, step.rest) : start;
}

std::optional<Node> Tree::by_phandle(u32 phandle) const& {
    if (phandle == 0 || phandle == ~0u) return {};  // never valid, Devicetree Specification 2.3.3
    for (Walk walk{*this}; walk.next();) {
        if (walk.node().phandle() == phandle) return walk.node();
    }
    return {};
}

std::optional<std::string_view> Tree::alias(std::string_view name) const {
    const auto aliases = Node{*this, root_}.child("aliases");
    const auto property = aliases ? aliases->property(name) : std::nullopt;
    const auto path = property ? property->text() : std::nullopt;
    if (!path || !path->starts_with('/')) return {};
    return path;
}

std::optional<std::string_view> Tree::stdout_path() const {
    const auto chosen = Node{*this, root_}.child("chosen");
    if (!chosen) return {};
    auto property = chosen->property("stdout-path");
    if (!property) property = chosen->property("linux,stdout-path");
    const auto text = property ? property->text() : std::nullopt;
    if (!text) return {};
    return text->substr(0, text->find(':'));
}

std::string_view Tree::bootargs() const {
    const auto chosen = Node{*this, root_}.child("chosen");
    const auto property = chosen ? chosen->property("bootargs") : std::nullopt;
    return property ? property->text().value_or(std::string_view{}) : std::string_view{};
}

}  // namespace quartet::fdt
