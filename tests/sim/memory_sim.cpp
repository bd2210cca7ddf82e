// SPDX-License-Identifier: MIT
//
// The allocators under the scheduler: threads that are preempted and moved to other cores in the middle of a magazine's
// sequences, and objects that are freed on another core than they came from.

#include "../host/fake_ram.hpp"
#include "invariants.hpp"
#include "threads.hpp"

#include <mm/cache.hpp>
#include <mm/heap.hpp>
#include <mm/large_blocks.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <optional>
#include <vector>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::sim;

namespace {

struct Machine {
    // Half of it below 1 GiB, half above.
    fakes::FakeFrames memory{8_MiB, PhysAddr{1_GiB - 4_MiB}};
    mm::Heap heap{memory.own.bump, memory.frames};
    mm::Cache small{"small", 48, 16, memory.frames};
    mm::Cache large{"large", 700, 64, memory.frames};
};
std::optional<Machine> machine;
u64 held_frames = 0;  // in no slab

// Of a block that the heap has from the frame allocator itself.
u64 frames_of(u32 source, usize size) {
    if (source != 2 || size <= mm::size_classes.back()) return 0;
    return mm::block_bytes(mm::order_for(size + mm::large_extra)) / page_size;
}

// Every byte says whose block it is: who is given a part of somebody else's writes over it.
struct Block {
    u8* memory = nullptr;
    usize size = 0;
    u8 stamp = 0;
};

// Which allocator a block goes back to is its number.
constexpr u32 sources = 3;

void* take(u32 source, usize size) {
    AtWork at_work;
    auto got = source == 0   ? machine->small.allocate()
               : source == 1 ? machine->large.allocate()
                             : machine->heap.allocate(size);
    SIM_CHECK(got.has_value());
    held_frames += frames_of(source, size);
    return *got;
}

void give(u32 source, const Block& block) {
    AtWork at_work;
    held_frames -= frames_of(source, block.size);
    for (usize n = 0; n < block.size; ++n) SIM_CHECK(block.memory[n] == block.stamp);
    if (source == 0) machine->small.free(block.memory);
    else if (source == 1) machine->large.free(block.memory);
    else if (choose(2) == 0) machine->heap.free(block.memory);
    else machine->heap.free_sized(block.memory, block.size);
}

Block fill(u32 source, u8 stamp) {
    const usize size = source == 0 ? 48 : source == 1 ? 700 : 1 + choose(choose(8) == 0 ? 6000 : 200);
    auto* memory = static_cast<u8*>(take(source, size));
    for (usize n = 0; n < size; ++n) memory[n] = stamp;
    return {memory, size, stamp};
}

// What one thread left, another one takes. One flow runs at a time, and no point lies in an exchange.
constexpr u32 places = 4;
Block shelf[sources][places];

constexpr u32 wanderers = 6;
constexpr u32 rounds = 40;

void wander(ThreadContext& self, void* argument) {
    const auto me = static_cast<u8>(std::bit_cast<uptr>(argument));
    for (u32 round = 0; round < rounds; ++round) {
        const u32 source = choose(sources);
        const Block mine = fill(source, static_cast<u8>(me * 40 + round));
        Block& place = shelf[source][choose(places)];
        const Block found = place;
        place = mine;
        if (found.memory != nullptr) give(source, found);
        if (choose(4) == 0) {
            // More at once than a magazine holds: they overflow into the cache where this thread is by then.
            Block many[16];
            for (Block& block : many) block = fill(1, static_cast<u8>(me * 40 + round));
            if (choose(2) == 0) (void)set_affinity(self.handle(), 1 + choose(15));
            for (const Block& block : many) give(1, block);
        }
        switch (choose(12)) {
            case 0: sleep_for(self, nanoseconds(choose(2000))); break;
            case 1: yield(self); break;
            case 2: (void)set_affinity(self.handle(), 1 + choose(15)); break;
            default: break;
        }
    }
}

void nothing_is_shared_or_lost() {
    machine.emplace();
    machine->heap.start();
    const auto before = machine->memory.frames.stats();
    start_all();
    auto self = boot_context();
    watch(machine->memory.frames, held_frames);
    ThreadHandle threads[wanderers];
    for (u32 n = 0; n < wanderers; ++n)
        threads[n] = must_spawn("wanders", static_cast<u8>(10 + choose(4)), wander, std::bit_cast<void*>(uptr{n}));
    for (ThreadHandle thread : threads) must_join(self, thread);
    for (u32 source = 0; source < sources; ++source) {
        for (const Block& left : shelf[source]) {
            if (left.memory != nullptr) give(source, left);
        }
    }
    SIM_CHECK(machine->small.stats().live == 0);
    SIM_CHECK(machine->large.stats().live == 0);
    SIM_CHECK(machine->small.check() == 0 && machine->large.check() == 0 && machine->heap.check() == 0);
    SIM_CHECK(machine->small.destroy().has_value());
    SIM_CHECK(machine->large.destroy().has_value());
    SIM_CHECK(machine->heap.destroy().has_value());
    SIM_CHECK(machine->memory.frames.stats().free_blocks == before.free_blocks);
}

// --- Frames ----------------------------------------------------------------------------------------------------------

constexpr u32 holders = 5;

void hold_frames(ThreadContext& self, void* argument) {
    const auto me = static_cast<u8>(std::bit_cast<uptr>(argument) + 1);
    struct Held {
        u8* memory;
        PhysAddr at;
        u32 order;
    };
    std::vector<Held> held;
    auto give_one = [&](usize index) {
        AtWork at_work;
        const Held block = held[index];
        held[index] = held.back();
        held.pop_back();
        for (usize n = 0; n < mm::block_bytes(block.order); n += 97) SIM_CHECK(block.memory[n] == me);
        machine->memory.frames.free(block.at, block.order);
        held_frames -= mm::block_bytes(block.order) / page_size;
    };
    for (u32 round = 0; round < 30; ++round) {
        if (!held.empty() && choose(2) == 0) {
            give_one(choose(static_cast<u32>(held.size())));
        } else {
            AtWork at_work;
            const u32 order = choose(4);
            const auto reach = choose(3) == 0 ? mm::Reach::Low : mm::Reach::Any;
            auto got = machine->memory.frames.allocate(order, mm::FrameUse::Plain, reach);
            SIM_CHECK(got.has_value());
            held_frames += mm::block_bytes(order) / page_size;
            auto* memory = reinterpret_cast<u8*>(machine->memory.ram.at(*got));
            for (usize n = 0; n < mm::block_bytes(order); ++n) memory[n] = me;
            held.push_back({memory, *got, order});
        }
        if (choose(6) == 0) yield(self);
    }
    while (!held.empty()) give_one(held.size() - 1);
}

void frames_have_one_owner() {
    machine.emplace();
    const auto before = machine->memory.frames.stats();
    start_all();
    auto self = boot_context();
    watch(machine->memory.frames, held_frames);
    ThreadHandle threads[holders];
    for (u32 n = 0; n < holders; ++n)
        threads[n] = must_spawn("holds", static_cast<u8>(10 + choose(4)), hold_frames, std::bit_cast<void*>(uptr{n}));
    for (ThreadHandle thread : threads) must_join(self, thread);
    SIM_CHECK(machine->memory.frames.stats().free_blocks == before.free_blocks);
}

}  // namespace

TEST_CASE("SLB04 threads that are preempted and moved inside a magazine's sequence share no object and lose none") {
    CHECK(run_seeds("SLB04", 150, {.hold_one_in = 80}, nothing_is_shared_or_lost));
}
TEST_CASE("BUD05 frames from four cores at once: none has two owners, and all blocks are whole again") {
    CHECK(run_seeds("BUD05", 60, {}, frames_have_one_owner));
}
