// SPDX-License-Identifier: MIT
//
// A flattened device tree in place: `Tree::open` checks the whole blob once, and from then on nodes and
// properties are read from its bytes without a copy, an allocation or a recursion, and without failing.
//
//     auto tree = fdt::Tree::open(bytes);            // std::expected<Tree, Fault>
//     for (fdt::Node child : tree->root().children()) …
//     if (auto reg = node.property("reg")) … reg->cells()[0] …
//
// Nodes point at their Tree: keep it (and the blob) where it is for as long as they live.

#pragma once

#include <base/types.hpp>
#include <fdt/fault.hpp>
#include <fdt/header.hpp>
#include <fdt/property.hpp>
#include <fdt/token.hpp>

#include <expected>
#include <optional>
#include <string_view>

namespace quartet::fdt {

// Deeper trees are refused, so that a node with all its ancestors fits in a small value.
inline constexpr u32 max_depth = 32;

class Children;
class Properties;
class Tree;

// A node's place in its tree. A small value; cheap to copy. Equal if it is the same node.
class Node {
public:
    Node(const Tree& tree, u32 offset) : tree_(&tree), offset_(offset) {}

    const Tree& tree() const { return *tree_; }
    u32 offset() const { return offset_; }

    // With the unit address; empty for the root.
    std::string_view name() const;
    // The part after '@'; empty if there is none.
    std::string_view unit_address() const;
    Properties properties() const;
    // The first property of that name. Cost: linear in the node's properties.
    std::optional<Property> property(std::string_view name) const;
    bool has(std::string_view name) const { return property(name).has_value(); }
    // Cost of the iteration: linear in the node's whole subtree.
    Children children() const;
    // The child of exactly that name or, if `name` has no '@', the first that has it before its '@'.
    std::optional<Node> child(std::string_view name) const;

    // True if `wanted` is one of the node's compatible strings.
    bool compatible(std::string_view wanted) const;
    // False if `status` is there and says neither "okay" nor "ok".
    bool enabled() const;
    std::optional<u32> phandle() const;

    bool operator==(const Node&) const = default;

private:
    const Tree* tree_;
    u32 offset_;
};

// One line of the memory reserve map.
struct ReserveEntry {
    u64 address;
    u64 size;
};

class ReserveMap;

class Tree {
public:
    // The tree at the start of `bytes`, checked whole: header, reserve map and each token of the struct
    // block. Cost: one pass, about 100 instructions a property. Context: any; only reads.
    static std::expected<Tree, Fault> open(Bytes bytes);

    // The blob, as many bytes as its header says.
    Bytes bytes() const { return bytes_; }
    u32 size() const { return static_cast<u32>(bytes_.size()); }
    const Blocks& blocks() const { return blocks_; }

    Node root() const& { return {*this, root_}; }
    Node root() const&& = delete;
    ReserveMap reserve_map() const;

    // The node at an absolute path, or at a path whose first part is a name from /aliases.
    // Unit addresses may be left out. Cost: linear in the tree for each part.
    std::optional<Node> find(std::string_view path) const&;
    // Cost: linear in the tree.
    std::optional<Node> by_phandle(u32 phandle) const&;
    // What an alias stands for; it must be an absolute path.
    std::optional<std::string_view> alias(std::string_view name) const;
    // The console that /chosen names, without options (":115200n8" and the like). May be an alias.
    std::optional<std::string_view> stdout_path() const;
    // /chosen's bootargs; empty if there are none.
    std::string_view bootargs() const;

private:
    Tree() = default;
    std::optional<Fault> check_structure();

    Bytes bytes_;
    Blocks blocks_;
    u32 root_ = 0;
    u32 reserve_offset_ = 0;
};

class Properties {
public:
    class Iterator {
    public:
        Iterator(const Blocks& blocks, u32 offset) : blocks_(&blocks), token_(blocks.next(offset)) {}
        Property operator*() const { return {blocks_->string(token_.name), blocks_->value(token_)}; }
        Iterator& operator++() {
            token_ = blocks_->next(token_.next);
            return *this;
        }
        bool operator==(std::nullptr_t) const { return token_.tag != Tag::Property; }

    private:
        const Blocks* blocks_;
        Token token_;
    };

    Properties(const Blocks& blocks, u32 offset) : blocks_(&blocks), offset_(offset) {}
    Iterator begin() const { return {*blocks_, offset_}; }
    std::nullptr_t end() const { return nullptr; }

private:
    const Blocks* blocks_;
    u32 offset_;
};

class Children {
public:
    class Iterator {
    public:
        Iterator(const Tree& tree, u32 offset) : tree_(&tree) { find_from(offset, 0); }
        Node operator*() const { return {*tree_, at_}; }
        Iterator& operator++() {
            find_from(next_, 1);
            return *this;
        }
        bool operator==(std::nullptr_t) const { return !found_; }

    private:
        // From inside `depth` open children to the next BEGIN_NODE outside them.
        void find_from(u32 offset, u32 depth);
        const Tree* tree_;
        u32 at_ = 0;
        u32 next_ = 0;
        bool found_ = false;
    };

    Children(const Tree& tree, u32 offset) : tree_(&tree), offset_(offset) {}
    Iterator begin() const { return {*tree_, offset_}; }
    std::nullptr_t end() const { return nullptr; }

private:
    const Tree* tree_;
    u32 offset_;
};

// The reserve map without its terminator.
class ReserveMap {
public:
    class Iterator {
    public:
        Iterator(Bytes rest) : rest_(rest) {}
        ReserveEntry operator*() const { return {be64(rest_, 0), be64(rest_, 8)}; }
        Iterator& operator++() {
            rest_ = rest_.subspan(16);
            return *this;
        }
        bool operator==(std::nullptr_t) const {
            return rest_.size() < 16 || (be64(rest_, 0) == 0 && be64(rest_, 8) == 0);
        }

    private:
        Bytes rest_;
    };

    explicit ReserveMap(Bytes map) : map_(map) {}
    Iterator begin() const { return {map_}; }
    std::nullptr_t end() const { return nullptr; }

private:
    Bytes map_;
};

inline ReserveMap Tree::reserve_map() const { return ReserveMap{bytes_.subspan(reserve_offset_)}; }

}  // namespace quartet::fdt
