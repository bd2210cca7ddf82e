// SPDX-License-Identifier: MIT
//
// The magazines: each core's own, found by all through one word of the cache; and the stages of the heap.

#include "engine.hpp"

#include "../host/fake_ram.hpp"

#include <arch/irq_mask.hpp>
#include <mm/cache.hpp>
#include <mm/heap.hpp>
#include <mm/magazine.hpp>

namespace quartet::model {
namespace {

// Memory that outlives a run; its allocators do not.
const fakes::FakeRam ram{PhysAddr{1_GiB}, 4_MiB};
alignas(64) std::byte metadata[256_KiB];

struct Memory {
    mm::Bump bump;
    mm::FrameAllocator frames;

    void begin() {
        bump.give(Unsafe{"the model's own memory"}, metadata);
        require(frames.add_bank(ram.range(), bump).has_value(), "there is no room for metadata");
        require(frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.range()).has_value(), "the RAM is refused");
    }
};

void enter_core(u32 number) {
    arch::IrqsMasked masked;
    mm::enter_core(number);
}

struct FirstMissOfTwo {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"SLB05", "cores that use a cache for the first time find its magazines made", 1000,
                                 20'000};

    Memory memory;
    mm::Cache cache{"model", 48, 16, memory.frames};

    void before() { memory.begin(); }
    void core(u32 number) {
        enter_core(number);
        for (u32 n = 0; n < 2; ++n) {
            const auto object = cache.allocate();
            require(object.has_value(), "there is no memory");
            static_cast<u8*>(*object)[17] = static_cast<u8>(number);
            cache.free(*object);
            if (choose(4) == 0) (void)cache.stats();
        }
    }
};
const Model<FirstMissOfTwo> first_miss{"cache"};

// The heap goes over from the bump stage to its slabs while others ask which one it is.
struct HeapStarts {
    static constexpr u32 cores = 2;
    static constexpr Claim claim{"BMP03", "who finds the heap started finds the frames that it stands on", 1000,
                                 20'000};

    Memory memory;
    mm::Heap heap{memory.bump, memory.frames};

    void core(u32 number) {
        enter_core(number);
        if (number == 0) {
            memory.begin();
            heap.start();
        } else {
            if (heap.started()) require(heap.allocate(64).has_value(), "there is no memory");
        }
    }
};
const Model<HeapStarts> heap_starts{"heap"};

}  // namespace
}  // namespace quartet::model
