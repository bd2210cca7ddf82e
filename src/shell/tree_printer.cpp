// SPDX-License-Identifier: MIT

#include <shell/tree_printer.hpp>

namespace quartet::shell {
namespace {

void indent(Output& out, u32 depth) {
    for (u32 i = 0; i < depth; ++i) out.part("    ");
}

// Whether the value reads as texts: printable, each ended by one NUL, none empty.
bool is_text(fdt::Bytes value) {
    if (value.empty() || value.back() != std::byte{0}) return false;
    bool any = false;
    for (std::byte b : value) {
        auto c = static_cast<char>(b);
        if (c == 0 && !any) return false;
        if (c != 0 && (c < ' ' || c > '~')) return false;
        any = c != 0;
    }
    return true;
}

void put_texts(Output& out, const fdt::Property& property) {
    bool first = true;
    for (std::string_view text : property.strings()) {
        out.part("{}\"", first ? "" : ", ");
        for (char c : text) {
            if (c == '"' || c == '\\') out.part("\\");
            out.part("{}", c);
        }
        out.part("\"");
        first = false;
    }
}

void put_value(Output& out, const fdt::Property& property) {
    if (is_text(property.value)) return put_texts(out, property);
    if (property.cells().whole()) {
        out.part("<");
        for (u32 i = 0; i < property.cells().count(); ++i) out.part("{}{:#x}", i == 0 ? "" : " ", property.cells()[i]);
        return out.part(">");
    }
    out.part("[");
    bool first = true;
    for (std::byte b : property.value) {
        out.part("{}{:02x}", first ? "" : " ", static_cast<u8>(b));
        first = false;
    }
    out.part("]");
}

void print(Output& out, const fdt::Node& node, u32 depth) {
    indent(out, depth);
    out.line("{} {{", node.name().empty() ? "/" : node.name());
    for (fdt::Property property : node.properties()) {
        indent(out, depth + 1);
        out.part("{}", property.name);
        if (!property.value.empty()) {
            out.part(" = ");
            put_value(out, property);
        }
        out.line(";");
    }
    for (fdt::Node child : node.children()) print(out, child, depth + 1);
    indent(out, depth);
    out.line("}};");
}

}  // namespace

void print_node(Output& out, const fdt::Node& node) { print(out, node, 0); }

}  // namespace quartet::shell
