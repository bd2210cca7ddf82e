// SPDX-License-Identifier: MIT

#include <fdt/interrupts.hpp>

namespace quartet::fdt {
namespace {

std::unexpected<InterruptFault> refuse(InterruptFault fault) { return std::unexpected{fault}; }

std::optional<Node> resolve(const Tree& tree, u32 phandle, std::optional<Node> likely) {
    if (likely && likely->phandle() == phandle) return likely;
    return tree.by_phandle(phandle);
}

// The nearest `interrupt-parent` from the node upwards; without any, the nearest ancestor that is a controller.
std::expected<Node, InterruptFault> inherited_controller(const Trail& trail, std::optional<Node> likely) {
    for (u32 depth = trail.depth();; --depth) {
        if (const auto parent = trail.at(depth).property("interrupt-parent")) {
            const auto phandle = parent->number32();
            const auto node = phandle ? resolve(trail.tree(), *phandle, likely) : std::nullopt;
            if (!node) return refuse(InterruptFault::NoController);
            return *node;
        }
        if (depth == 0) return refuse(InterruptFault::NoController);
        if (trail.at(depth - 1).has("#interrupt-cells")) return trail.at(depth - 1);
    }
}

std::expected<u32, InterruptFault> interrupt_cells(Node controller) {
    const auto property = controller.property("#interrupt-cells");
    const auto cells = property ? property->number32() : std::nullopt;
    if (!cells || *cells == 0 || *cells > 4) return refuse(InterruptFault::BadCells);
    return *cells;
}

Cells slice(const Property& property, u32 first, u32 count) {
    return Cells{property.value.subspan(usize{first} * 4, usize{count} * 4)};
}

std::expected<InterruptSpecifier, InterruptFault> extended(const Trail& trail, const Property& list, u32 index,
                                                           std::optional<Node> likely) {
    const Cells cells = list.cells();
    if (!cells.whole()) return refuse(InterruptFault::BadLength);
    u32 at = 0;
    for (u32 entry = 0; entry != max_extended_interrupts && at < cells.count(); ++entry) {
        const auto controller = resolve(trail.tree(), cells[at], likely);
        if (!controller) return refuse(InterruptFault::NoController);
        const auto width = interrupt_cells(*controller);
        if (!width) return refuse(width.error());
        if (*width > cells.count() - at - 1) return refuse(InterruptFault::BadLength);
        if (entry == index) return InterruptSpecifier{*controller, slice(list, at + 1, *width)};
        at += 1 + *width;
    }
    return refuse(InterruptFault::None);
}

}  // namespace

std::string_view words(InterruptFault fault) {
    switch (fault) {
        case InterruptFault::None: return "no interrupt";
        case InterruptFault::NoController: return "no interrupt controller";
        case InterruptFault::BadCells: return "#interrupt-cells out of range";
        case InterruptFault::BadLength: return "not a whole number of interrupt specifiers";
    }
    return "unknown fault";
}

std::expected<InterruptSpecifier, InterruptFault> interrupt(const Trail& trail, u32 index, std::optional<Node> likely) {
    const Node node = trail.node();
    if (const auto list = node.property("interrupts-extended")) return extended(trail, *list, index, likely);
    const auto list = node.property("interrupts");
    if (!list) return refuse(InterruptFault::None);
    const auto controller = inherited_controller(trail, likely);
    if (!controller) return refuse(controller.error());
    const auto width = interrupt_cells(*controller);
    if (!width) return refuse(width.error());
    const Cells cells = list->cells();
    if (!cells.whole() || cells.count() % *width != 0) return refuse(InterruptFault::BadLength);
    if (index >= cells.count() / *width) return refuse(InterruptFault::None);
    return InterruptSpecifier{*controller, slice(*list, index * *width, *width)};
}

}  // namespace quartet::fdt
