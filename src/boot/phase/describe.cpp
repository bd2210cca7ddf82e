// SPDX-License-Identifier: MIT
//
// A tree is used whole or not at all: the given one, or the built-in one with a line that says why.

#include <boot/described.hpp>

#include <arch/image.hpp>
#include <base/assert.hpp>
#include <mm/kernel_map.hpp>
#include <platform/builtin_tree.hpp>
#include <platform/machine.hpp>

namespace quartet::boot {

namespace {

[[gnu::section(".sealed")]] constinit Described the_description{};

PhysRange image_range() {
    return {quartet_boot_record.load_address, mm::image_physical(__image_end)};
}

platform::MachineInputs inputs_for(PhysRange tree) {
    return {.image = image_range(), .tree = tree, .mpidr = arch::affinity()};
}

// Whether the given tree is in use now; if not, `advice` says why.
bool use_given(Described& all) {
    TreeSearch search = find_given_tree(quartet_boot_record.x0);
    if (!search.tree) {
        if (search.refused) {
            all.advice.add("device tree refused: {} (at byte {}); using the built-in one: check the .dtb file",
                           search.refused->words(), search.refused->offset);
        } else {
            all.advice.add("no device tree given; using the built-in one: keep bcm2711-rpi-4-b.dtb on the card");
        }
        return false;
    }
    all.tree.emplace(*fdt::Tree::open(search.tree->bytes));
    PhysRange place{search.tree->at, search.tree->at + search.tree->bytes.size()};
    auto machine = platform::read_machine(*all.tree, inputs_for(place), all.advice);
    if (!machine) {
        all.advice.clear();
        all.advice.add("device tree unusable: {}; using the built-in one", words(machine.error()));
        return false;
    }
    all.machine = *machine;
    all.source = search.tree->source;
    all.at = search.tree->at;
    return true;
}

void use_builtin(Described& all) {
    all.tree.emplace(*fdt::Tree::open(platform::builtin_tree()));
    auto machine = platform::read_machine(*all.tree, inputs_for({}), all.advice);
    check(machine.has_value(), "the built-in tree must describe a machine that can run this image");
    all.machine = *machine;
    all.source = TreeSource::BuiltIn;
}

}  // namespace

const Described& described(const Done<phase::Describe>&) { return the_description; }

Done<phase::Describe> phase::Describe::run(const Done<Flow>&) {
    if (!use_given(the_description)) use_builtin(the_description);
    return {};
}

}  // namespace quartet::boot
