// SPDX-License-Identifier: MIT
//
// The kernel's own heap on fake RAM, for what takes from that one and no other. Its RAM and its second stage are for the
// whole program; a test has it while the object lives, and has given everything back by then.

#pragma once

#include "fake_ram.hpp"

#include <mm/heap.hpp>
#include <mm/memory_fault.hpp>

namespace quartet::fakes {

class KernelHeap {
public:
    KernelHeap() : previous_base_{arch::sim_linear_base} {
        static Machine machine;
        arch::sim_linear_base = machine.base;
        mm::enter_core(0);
        before = mm::kernel_frames.stats();
    }
    ~KernelHeap() {
        (void)mm::kernel_heap.destroy();
        arch::sim_linear_base = previous_base_;
    }
    KernelHeap(const KernelHeap&) = delete;
    KernelHeap& operator=(const KernelHeap&) = delete;

    // Every frame is back.
    bool whole() {
        return mm::kernel_heap.destroy().has_value() && mm::kernel_frames.stats().free_blocks == before.free_blocks;
    }

    mm::FrameAllocator::Stats before;

private:
    struct Machine {
        Machine() {
            if (!mm::kernel_frames.add_bank(ram.range(), own.bump)) throw std::bad_alloc{};
            if (!mm::kernel_frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.range())) throw std::bad_alloc{};
            mm::kernel_heap.start();
        }
        FakeRam ram{PhysAddr{0x2000'0000}, 16_MiB};
        OwnBump own;
        uptr base = arch::sim_linear_base;
    };
    uptr previous_base_;
};

// All frames of an allocator, until the end of the scope.
class NoFrames {
public:
    explicit NoFrames(mm::FrameAllocator& frames) : frames_(frames) {
        for (u32 order = mm::order_count; order-- > 0;) {
            while (auto block = frames.allocate(order)) taken_.push_back({*block, order});
        }
    }
    ~NoFrames() {
        for (auto [block, order] : taken_) frames_.free(block, order);
    }
    NoFrames(const NoFrames&) = delete;
    NoFrames& operator=(const NoFrames&) = delete;

private:
    mm::FrameAllocator& frames_;
    std::vector<std::pair<PhysAddr, u32>> taken_;
};

}  // namespace quartet::fakes
