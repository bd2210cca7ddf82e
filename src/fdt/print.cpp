// SPDX-License-Identifier: MIT

#include <fdt/print.hpp>

#include <fdt/trail.hpp>

namespace quartet::fdt {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

constexpr bool printable(char c) { return c >= ' ' && c <= '~'; }

// A name or a text. Inside quotes, a quote and a backslash are escaped too.
void print_text(std::string_view text, bool quoted, Sink out) {
    for (const char c : text) {
        const auto byte = static_cast<u8>(c);
        if (printable(c) && !(quoted && (c == '"' || c == '\\'))) {
            out({&c, 1});
        } else {
            const char escape[] = {'\\', digits[byte >> 6], digits[(byte >> 3) & 7], digits[byte & 7]};
            out({escape, sizeof escape});
        }
    }
}

void print_cell(u32 cell, Sink out) {
    char text[8];
    usize length = 0;
    for (u32 shift = 32; shift != 0;) {
        shift -= 4;
        const u32 digit = (cell >> shift) & 15;
        if (digit != 0 || length != 0 || shift == 0) text[length++] = digits[digit];
    }
    out("0x");
    out({text, length});
}

void print_value(Bytes value, Sink out) {
    std::string_view between = "";
    switch (guess_form(value)) {
        case ValueForm::Empty: return;
        case ValueForm::Texts:
            out(" = ");
            for (const std::string_view text : Strings{value}) {
                out(between);
                out("\"");
                print_text(text, true, out);
                out("\"");
                between = ", ";
            }
            return;
        case ValueForm::CellRow: {
            out(" = <");
            const Cells cells{value};
            for (u32 index = 0; index != cells.count(); ++index) {
                out(between);
                print_cell(cells[index], out);
                between = " ";
            }
            out(">");
            return;
        }
        case ValueForm::ByteRow:
            out(" = [");
            for (const std::byte byte : value) {
                const auto number = std::to_integer<u8>(byte);
                const char text[] = {digits[number >> 4], digits[number & 15]};
                out(between);
                out({text, sizeof text});
                between = " ";
            }
            out("]");
            return;
    }
}

void indent(u32 depth, Sink out) {
    for (u32 level = 0; level != depth; ++level) out("    ");
}

void print_name(Node node, Sink out) {
    const std::string_view name = node.name();
    if (name.empty()) {
        out("/");
    } else {
        print_text(name, false, out);
    }
}

void open_node(Node node, u32 depth, Sink out) {
    indent(depth, out);
    print_name(node, out);
    out(" {\n");
    for (const Property property : node.properties()) {
        indent(depth + 1, out);
        print_property(property, out);
        out("\n");
    }
}

void close_node(u32 depth, Sink out) {
    indent(depth, out);
    out("};\n");
}

}  // namespace

ValueForm guess_form(Bytes value) {
    if (value.empty()) return ValueForm::Empty;
    bool texts = value.back() == std::byte{0};
    bool at_start = true;
    for (const std::byte byte : value) {
        const char c = std::to_integer<char>(byte);
        if (c == '\0' ? at_start : !printable(c)) {
            texts = false;
            break;
        }
        at_start = c == '\0';
    }
    if (texts) return ValueForm::Texts;
    return value.size() % 4 == 0 ? ValueForm::CellRow : ValueForm::ByteRow;
}

void print_property(const Property& property, Sink out) {
    print_text(property.name, false, out);
    print_value(property.value, out);
    out(";");
}

void print_node(Node node, Sink out) {
    open_node(node, 0, out);
    for (const Node child : node.children()) {
        indent(1, out);
        print_name(child, out);
        out(" { ... };\n");
    }
    close_node(0, out);
}

void print_subtree(Node node, Sink out) {
    const auto start = trail_to(node);
    if (!start) return;
    u32 open = 0;  // nodes printed and not yet closed
    bool inside = false;
    for (Walk walk{node.tree()}; walk.next();) {
        if (!inside && walk.node() != node) continue;
        if (inside && walk.trail().depth() <= start->depth()) break;
        inside = true;
        const u32 depth = walk.trail().depth() - start->depth();
        while (open > depth) close_node(--open, out);
        open_node(walk.node(), depth, out);
        open = depth + 1;
    }
    while (open != 0) close_node(--open, out);
}

void print_path(Node node, Sink out) {
    const auto trail = trail_to(node);
    if (!trail) return;
    if (trail->depth() == 0) out("/");
    for (u32 depth = 1; depth <= trail->depth(); ++depth) {
        out("/");
        print_text(trail->at(depth).name(), false, out);
    }
}

}  // namespace quartet::fdt
