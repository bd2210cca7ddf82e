// SPDX-License-Identifier: MIT
//
// Nodes in the form of a .dts file, for the shell's `dt [PATH]`: the node's properties with the form of
// their values guessed (texts, cells, bytes), and its children by name. Written to a sink piece by piece,
// lines ended by '\n'; what is not printable in a tree's texts is written as an octal escape, so nothing
// that a terminal would obey comes out.

#pragma once

#include <base/types.hpp>
#include <fdt/tree.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>

namespace quartet::fdt {

// Where text goes: any callable that takes a string_view, without owning it.
class Sink {
public:
    template <typename Callable>
        requires std::invocable<Callable&, std::string_view> && (!std::same_as<std::remove_cvref_t<Callable>, Sink>)
    Sink(Callable& callable)  // NOLINT: implicit is its purpose
        : target_(&callable), call_([](const void* target, std::string_view text) {
              // Not const unless Callable is: the cast gives back what was taken away above.
              (*static_cast<Callable*>(const_cast<void*>(target)))(text);
          }) {}

    void operator()(std::string_view text) const { call_(target_, text); }

private:
    const void* target_;
    void (*call_)(const void*, std::string_view);
};

enum class ValueForm : u8 { Empty, Texts, CellRow, ByteRow };

// Texts if it is one or more non-empty printable texts, each with its NUL (the rule of dtc); cells if it is
// whole cells; else bytes.
ValueForm guess_form(Bytes value);

// `name = value;` without indentation or line end.
void print_property(const Property& property, Sink out);

// The node, its properties, and one line `name { ... };` for each child.
void print_node(Node node, Sink out);

// The node with everything below it; a tree that `dtc` takes, but for labels. Cost: linear in the subtree.
void print_subtree(Node node, Sink out);

// The absolute path. Cost: linear in the part of the tree before the node.
void print_path(Node node, Sink out);

}  // namespace quartet::fdt
