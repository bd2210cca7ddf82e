// SPDX-License-Identifier: MIT

#include <boot/crash_room.hpp>

#include <boot/memory_ranges.hpp>
#include <boot/start_room.hpp>

namespace quartet::boot {

namespace {

// From the beginning of a GiB. The first is where Raspberry Pi's own overlay for Linux's ramoops has its buffer on this
// board (overlays/ramoops-pi4-overlay.dts of its tree), so the firmware leaves it alone over a reset; and it is clear of
// where QEMU puts its tree (128 MiB), and U-Boot its files (below 64 MiB) and itself (the top of RAM).
// The second is in RAM that is the ARM's whatever gpu_mem says, and behind where an image and the start memory usually lie.
constexpr u64 places[] = {0x0b00'0000, 0x03f0'0000};

}  // namespace

PhysRange reserve_crash_room(platform::Machine& machine, PhysRange image, PhysRange uncopied,
                             platform::Advice& advice) {
    const PhysAddr gib{align_down(image.begin.value(), 1_GiB)};
    for (u64 place : places) {
        const PhysRange room{gib + place, gib + place + crash_room_bytes};
        MemoryRanges ranges{machine};
        if (!uncopied.empty()) ranges.reserve(uncopied);
        auto fit = ranges.free().first_fit(room.begin, crash_room_bytes);
        if (!fit || fit->begin != room.begin) continue;
        if (!machine.reserved.push({room, platform::ReservedFor::CrashRecord})) break;
        if (start_room(machine, image, uncopied)) return room;
        machine.reserved.erase(machine.reserved.size() - 1);
    }
    advice.add("no room for a crash record: RAM at 176 or 63 MiB must be free; faults are told on the wire alone");
    return {};
}

}  // namespace quartet::boot
