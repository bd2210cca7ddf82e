// SPDX-License-Identifier: MIT
//
// A tree is used whole or not at all: the given one, or the built-in one with a line that says why.

#include <boot/crash_room.hpp>
#include <boot/described.hpp>
#include <boot/start_room.hpp>

#include <arch/cpu.hpp>
#include <arch/image.hpp>
#include <base/assert.hpp>
#include <drivers/mailbox/mailbox.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>
#include <platform/builtin_tree.hpp>
#include <platform/devices.hpp>
#include <platform/machine.hpp>

namespace quartet::boot {

namespace {

platform::MachineInputs inputs_for(PhysRange tree) {
    return {.image = mm::image_range(), .tree = tree, .mpidr = arch::affinity()};
}

bool refuse(Described& all, std::string_view why) {
    all.advice.clear();
    all.advice.add("device tree unusable: {}; using the built-in one", why);
    return false;
}

// Whether `bytes` describes a machine that can run this image; then it is in use.
bool read_tree(Described& all, std::span<const std::byte> bytes, const platform::MachineInputs& inputs) {
    all.tree.emplace(*fdt::Tree::open(bytes));
    auto machine = platform::read_machine(*all.tree, inputs, all.advice);
    if (!machine) return refuse(all, words(machine.error()));
    all.machine = *machine;
    return true;
}

bool use_given(Described& all) {
    TreeSearch search = find_given_tree(quartet_boot_record.x0);
    if (!search.tree) {
        if (search.refused) {
            all.advice.add("device tree refused: {} (at byte {}); using the built-in one: check the .dtb file",
                           search.refused->words(), search.refused->offset);
        } else if (search.x0_not_followed) {
            all.advice.add(
                "x0 is {:#x}, where no device tree can lie; using the built-in one: keep the .dtb on the card",
                quartet_boot_record.x0);
        } else {
            all.advice.add("no device tree given; using the built-in one: keep bcm2711-rpi-4-b.dtb on the card");
        }
        return false;
    }
    const GivenTree& given = *search.tree;
    // A tree at address 0 lies over the words that release the cores. It will be copied away before
    // they are written (rescue_tree), so its place is not reserved but until then (uncopied_tree).
    PhysRange place{given.at, given.at + given.bytes.size()};
    if (given.source == TreeSource::AddressZero) place = {};
    if (!read_tree(all, given.bytes, inputs_for(place))) return false;
    all.source = given.source;
    all.at = given.at;
    if (start_room(all.machine, mm::image_range(), uncopied_tree(all))) return true;
    return refuse(all, "too little free RAM");
}

void use_builtin(Described& all) {
    // Whoever loaded the image found RAM where it lies, whatever this tree says.
    platform::MachineInputs inputs = inputs_for({});
    inputs.image_is_ram = true;
    check(read_tree(all, platform::builtin_tree(), inputs),
          "the built-in tree must describe a machine that can run this image");
    all.source = TreeSource::BuiltIn;
}

// RAM that is the ARM's whatever config.txt says. The VideoCore takes gpu_mem from the top of the first GiB: 76 MiB if
// nothing is said, 944 at most on 1 GiB (gpu_mem_1024 in RPiconfig at elinux.org; Raspberry Pi's own pages name a
// recommended maximum only). That leaves 80 MiB.
constexpr PhysRange never_video{PhysAddr{0}, PhysAddr{64_MiB}};

}  // namespace

void limit_builtin_ram(const Done<phase::Describe>&) {
    Described& all = *the_description.get();
    if (all.source != TreeSource::BuiltIn) return;
    PhysRange sure = never_video;
    if (drivers::Mailbox* mailbox = platform::mailbox()) {
        // It does not reach an image above 1 GiB, and may be silent: then the small bank it is.
        const Result<PhysRange> told = mailbox->arm_memory();
        if (told && told->contains(never_video)) sure = *told;
    }
    platform::limit_ram(all.machine, sure, mm::image_range(), all.advice);
}

void choose_crash_room(const Done<phase::Describe>&) {
    Described& all = *the_description.get();
    all.crash_room = reserve_crash_room(all.machine, mm::image_range(), uncopied_tree(all), all.advice);
}

void rescue_tree(const Done<phase::Describe>& description) {
    Described& all = *the_description.get();
    std::span<const std::byte> old = all.tree->bytes();
    auto room = mm::kernel_bump.allocate(old.size(), page_size);
    check(room.has_value(), "the start memory has room for a copy of the largest tree");
    auto* copy = static_cast<std::byte*>(*room);
    for (usize i = 0; i < old.size(); ++i) copy[i] = old[i];
    all.advice.clear();
    check(read_tree(all, {copy, old.size()}, inputs_for({})), "a copy says what the original said");
    choose_crash_room(description);
}

Done<phase::Describe> phase::Describe::run(const Done<Flow>&) {
    Described& all = the_description.make();
    if (!use_given(all)) use_builtin(all);
    return {};
}

}  // namespace quartet::boot
