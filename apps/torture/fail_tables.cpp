// SPDX-License-Identifier: MIT

#include "exhaust.hpp"
#include "fault_points.hpp"
#include "worker.hpp"

#include <arch/linear_map.hpp>
#include <mm/kernel_map.hpp>
#include <mm/memory.hpp>
#include <mm/stack.hpp>
#include <quartet/quartet.hpp>

#include <array>
#include <bit>
#include <span>

namespace quartet::torture {
namespace {

// An address whose tables nobody has made so far: behind the stacks' part of their window, in a part of 1 GiB of its own, two
// pages below the place where one table of the last level ends and the next one begins.
constexpr u64 gigabyte = u64{1} << 30;
constexpr u64 first_part = 8;
constexpr u64 parts = mm::window_size / gigabyte;
static_assert(mm::Stacks::window_bytes <= first_part * gigabyte);
constexpr usize pages = 4;
constexpr usize pages_below = 2;
constexpr usize reach_of_a_table = usize{2} << 20;

constinit u64 next_part = first_part;
uptr fresh_address() { return mm::stack_window + next_part++ * gigabyte + reach_of_a_table - pages_below * page_size; }

// The one of the second level, and two of the third.
constexpr u64 tables = 3;

u64 frames_left() { return mm::kernel_frames.stats().free_frames; }

Status map_here(uptr at, PhysAddr block) {
    return mm::map(Unsafe{"the frames are the caller's, and nobody else knows of this address"}, at, block,
                   pages * page_size, mm::Access::ReadWrite);
}

u32 mapped_pages(uptr at) {
    u32 found = 0;
    for (usize n = 0; n < pages; ++n) found += mm::lookup(at + n * page_size) ? 1u : 0u;
    return found;
}

// A mapping over two tables, of which the `nth` that it needs is refused: of the last one, when two pages are mapped already.
// What was made before stays, as every table does, and is not made again.
void refuse_table(Worker& worker, u64 nth, PhysAddr block) {
    const uptr at = fresh_address();
    const u64 before = frames_left();
    faults::fail_nth(nth);
    const Status refused = map_here(at, block);
    faults::fail_nth(0);
    worker.expect(!refused && refused.error() == Error::NoMemory, "a mapping without a table is refused");
    worker.expect(mapped_pages(at) == 0, "nothing stays of a half-made mapping");
    worker.expect(frames_left() == before - (nth - 1), "the tables before it are made, and no other");
    if (!worker.expect(map_here(at, block).has_value(), "with memory it succeeds")) return;
    worker.expect(mapped_pages(at) == pages && frames_left() == before - tables, "with the tables that were missing");
    auto* written = std::bit_cast<u64*>(at);
    const auto* found = static_cast<const u64*>(arch::linear_pointer(Unsafe{"frames are in the linear map"}, block));
    constexpr usize step = page_size / sizeof(u64);
    for (usize n = 0; n < pages; ++n) written[n * step] = mixed(at + n);
    bool there = true;
    for (usize n = 0; n < pages; ++n) there = there && found[n * step] == mixed(at + n);
    worker.expect(there, "and each page leads to its own frame");
    mm::unmap(Unsafe{"nobody else knows of this address"}, at, pages * page_size);
    worker.expect(mapped_pages(at) == 0, "what is taken back is not mapped");
}

// The same under stacks. The second thing that a stack of this size asks for is a table where its slot is the first of one, else
// more frames: so many that the first kind is among them.
void refuse_stacks(Worker& worker) {
    constexpr usize size = 200 * 1024;
    std::array<std::span<std::byte>, 4> stacks{};
    for (auto& stack : stacks) {
        const u64 before = frames_left();
        const u32 count = mm::kernel_stacks.count();
        faults::fail_nth(2);
        auto refused = mm::kernel_stacks.allocate(size);
        faults::fail_nth(0);
        worker.expect(!refused && refused.error() == Error::NoMemory, "a stack without a table is refused");
        worker.expect(mm::kernel_stacks.count() == count, "its slot is given back");
        worker.expect(frames_left() == before, "and its frames");
        auto made = mm::kernel_stacks.allocate(size);
        if (worker.expect(made.has_value(), "with memory it is made")) stack = *made;
    }
    for (auto& stack : stacks)
        if (!stack.empty()) mm::kernel_stacks.free(stack);
}

}  // namespace

void fail_tables(shell::Output& out, ThreadContext& self) {
    if (next_part + tables > parts) return out.line("error: every table is made by now");
    check(kernel::set_affinity(this_thread::id(self), core_0_mask).has_value(), "core 0 runs threads");
    tally.begin();
    Worker worker{self, 0, 1};
    worker.operation = "tables";
    u64 failed = 0;
    auto block = mm::kernel_frames.allocate(2);
    if (worker.done(block, "frames")) {
        for (; failed < tables; ++failed) refuse_table(worker, failed + 1, *block);
        mm::kernel_frames.free(*block, 2);
        refuse_stacks(worker);
    }
    check(kernel::set_affinity(this_thread::id(self), every_core).has_value(), "and so do others");
    out.line("torture: each of {} tables failed once, {} errors", failed, tally.errors.load(arch::Order::Relaxed));
}

}  // namespace quartet::torture
