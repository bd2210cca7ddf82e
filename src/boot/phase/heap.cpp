// SPDX-License-Identifier: MIT
//
// All RAM is mapped and given to the frame allocator, slab caches come to stand on it, and the global
// allocator goes over from bump to slab by one atomic store.

#include <boot/described.hpp>
#include <boot/left_behind.hpp>
#include <boot/memory_ranges.hpp>
#include <boot/report.hpp>
#include <boot/start_memory.hpp>

#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <arch/linear_map.hpp>
#include <base/assert.hpp>
#include <debug/crash_keeper.hpp>
#include <mm/heap.hpp>
#include <mm/kernel_map.hpp>
#include <mm/magazine.hpp>
#include <mm/memory.hpp>

namespace quartet::boot {

namespace {

// A bank that the machine has and the allocator cannot take would stop the start-up.
static_assert(platform::max_banks <= mm::FrameAllocator::max_banks);

void map_all(const MemoryRanges& ranges, PhysRange by_pages) {
    ranges.mappable().for_each([&](PhysRange ram) {
        check(mm::map_linear(ram, by_pages).has_value(), "the start memory has room for the linear map's tables");
    });
}

void open_crash_room(PhysRange room) {
    if (room.empty()) return;
    constexpr Unsafe why{"RAM of a bank, mapped, and reserved for this alone"};
    auto* begin = static_cast<std::byte*>(arch::linear_pointer(why, room.begin));
    debug::open_crash_record(why, {begin, room.size()});
}

void give_all(const platform::Machine& machine, const MemoryRanges& ranges) {
    for (const PhysRange& bank : machine.ram) {
        check(mm::kernel_frames.add_bank(bank, mm::kernel_bump).has_value(),
              "the start memory has room for the frame metadata");
    }
    ranges.free().for_each([](PhysRange free) {
        check(mm::kernel_frames.add_range(Unsafe{"RAM of a bank, in no reservation, mapped, given once"}, free)
                  .has_value(),
              "free ranges lie in banks");
    });
}

}  // namespace

Done<phase::Heap> phase::Heap::run(const Done<Describe>& description, const Done<Bump>& bump,
                                   const Done<BootScheduler>&) {
    const platform::Machine& machine = described(description).machine;
    MemoryRanges ranges{machine};
    ranges.reserve(start_memory(bump));
    map_all(ranges, start_memory(bump));
    give_all(machine, ranges);
    open_crash_room(described(description).crash_room);
    mm::use_table_source(table_from_frames);
    mm::kernel_heap.start();
    report_allocator_swap();
    return {};
}

}  // namespace quartet::boot
