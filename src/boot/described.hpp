// SPDX-License-Identifier: MIT
//
// What the start-up learned about the machine, for the phases that follow.

#pragma once

#include <base/static_room.hpp>
#include <boot/given_tree.hpp>
#include <boot/phase/phases.hpp>
#include <fdt/tree.hpp>
#include <platform/machine.hpp>

namespace quartet::boot {

struct Described {
    TreeSource source = TreeSource::BuiltIn;
    PhysAddr at;  // of the tree that we were given
    std::optional<fdt::Tree> tree;
    platform::Machine machine;
    platform::Advice advice;
    PhysRange crash_room;  // of the machine's reservations: the crash record's; empty: there is none
};

// Made and changed by phase/describe.cpp alone.
extern constinit StaticRoom<Described> the_description;

// Where a tree lies that has to be copied before anybody writes there; empty where there is none.
inline PhysRange uncopied_tree(const Described& all) {
    if (all.source != TreeSource::AddressZero) return {};
    return {all.at, all.at + all.tree->size()};
}

// Context: boot and later, read-only after the seal.
const Described& described(const Done<phase::Describe>&);

// The built-in tree cannot know how much of its RAM the VideoCore has: what the mailbox says stays, or what is never
// the VideoCore's. Context: boot, after platform::make_firmware_devices, before RAM is used.
void limit_builtin_ram(const Done<phase::Describe>&);

// A place for the crash record is reserved, or an advice line says that there is none. Context: boot, after
// limit_builtin_ram, before RAM is used.
void choose_crash_room(const Done<phase::Describe>&);

// The tree that lies at address 0 is copied to where nobody writes, and read again from there.
// Context: boot, after the bump allocator has memory, before page 0 is written.
void rescue_tree(const Done<phase::Describe>&);

}  // namespace quartet::boot
