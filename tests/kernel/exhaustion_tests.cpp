// SPDX-License-Identifier: MIT
//
// The machine with hardly any memory left: whoever asks learns it, and nothing is lost.

#include "threads.hpp"

#include <arch/linear_map.hpp>
#include <mm/heap.hpp>
#include <mm/memory.hpp>
#include <mm/owned.hpp>
#include <mm/stack.hpp>

using namespace quartet;
using namespace quartet::kernel;
using namespace quartet::selftest_detail;

namespace {

// All memory, but for what is given back: a list through the blocks themselves.
class AllMemory {
public:
    AllMemory() {
        for (u32 order = mm::order_count; order-- > 0;) {
            while (auto block = mm::kernel_frames.allocate(order)) push(*block, order);
        }
    }
    ~AllMemory() {
        while (first_.value() != 0) give_back();
    }
    AllMemory(const AllMemory&) = delete;
    AllMemory& operator=(const AllMemory&) = delete;

    // The smallest block. Context: thread.
    void give_back() {
        Block* block = at(first_);
        const PhysAddr freed = first_;
        const u32 order = block->order;
        first_ = block->next;
        mm::kernel_frames.free(freed, order);
    }

private:
    struct Block {
        PhysAddr next;
        u32 order;
    };
    static Block* at(PhysAddr block) {
        return static_cast<Block*>(arch::linear_pointer(Unsafe{"frames are in the linear map"}, block));
    }
    void push(PhysAddr block, u32 order) {
        *at(block) = {first_, order};
        first_ = block;
    }

    PhysAddr first_{0};  // frame 0 is reserved on every machine
};

// Everything that a running kernel allocates for, once each; undone where it succeeded. How many succeeded.
// Stacks of a size that no record has kept, from step to step.
u32 use_memory(SelfTestRun& run, TestFlow& flow, usize step) {
    u32 good = 0;
    auto nothing = [](ThreadContext&, void*) {};
    for (usize stack : {16_KiB, 20_KiB + step * 4_KiB, 200_KiB + step * 4_KiB}) {
        auto thread = spawn({.name = "poor", .affinity = 1, .stack_size = stack}, nothing, nullptr);
        if (thread) {
            good += 1;
            EXPECT(join(flow.self, *thread).has_value());
        } else {
            EXPECT(thread.error() == Error::NoMemory);
        }
    }
    for (usize bytes : {usize{100}, usize{2048}, usize{5000}, usize{100'000}}) {
        auto got = mm::kernel_heap.allocate(bytes);
        if (got) {
            good += 1;
            mm::kernel_heap.free(*got);
        } else {
            EXPECT(got.error() == Error::NoMemory);
        }
    }
    static constinit mm::Cache cache{"test-poor", 1000};
    auto object = cache.allocate();
    if (object) {
        good += 1;
        cache.free(*object);
    } else {
        EXPECT(object.error() == Error::NoMemory);
    }
    EXPECT(cache.destroy().has_value());
    return good;
}

// More threads at once than there are records of threads that ended: those keep a stack of the usual size from here on.
void use_every_record(SelfTestRun& run, TestFlow& flow) {
    Semaphore end;
    constexpr u32 many = 100;
    ThreadHandle threads[many];
    auto wait = [](ThreadContext& self, void* gate) { static_cast<void>(static_cast<Semaphore*>(gate)->take(self)); };
    for (ThreadHandle& handle : threads) {
        auto thread = spawn({.name = "many", .affinity = 1}, wait, &end);
        EXPECT(thread.has_value());
        if (thread) handle = *thread;
    }
    for (u32 n = 0; n < many; ++n) EXPECT(end.give().has_value());
    for (ThreadHandle& handle : threads) {
        if (!handle.empty()) EXPECT(join(flow.self, handle).has_value());
    }
}

}  // namespace

SELFTEST("BUD06",
         "with no frame left, one, two and so on every caller learns that there is none, and nothing is lost") {
    TestFlow flow{1};
    constexpr u32 all = 8;
    EXPECT_EQ(use_memory(run, flow, 0), all);
    use_every_record(run, flow);
    const u64 before = mm::kernel_frames.stats().free_frames;
    u32 fewest = all;
    u32 good = 0;
    {
        AllMemory memory;
        EXPECT_EQ(mm::kernel_frames.stats().free_frames, 0u);
        for (usize step = 1; step < 120 && good != all; ++step) {
            good = use_memory(run, flow, step);
            fewest = good < fewest ? good : fewest;
            memory.give_back();
        }
    }
    EXPECT(fewest <= all - 5);
    EXPECT_EQ(good, all);
    EXPECT_EQ(use_memory(run, flow, 0), all);
    use_every_record(run, flow);
    // Tables stay, and a cache keeps a slab: what a caller loses each time is more than that.
    const u64 after = mm::kernel_frames.stats().free_frames;
    if (before > after + 64) EXPECT_EQ(before, after);
}
