// SPDX-License-Identifier: MIT
//
// A stretch of this program's memory that plays the machine's RAM: it lies at a physical address of the test's
// choice, and the host's linear map leads to it while the object lives.

#pragma once

#include <arch/linear_map.hpp>
#include <base/address.hpp>
#include <base/types.hpp>
#include <mm/bump.hpp>
#include <mm/frames.hpp>

#include <cstdlib>
#include <new>
#include <random>
#include <string>
#include <vector>

namespace quartet::fakes {

class FakeRam {
public:
    // Pre: `begin` is a multiple of 4 MiB.
    FakeRam(PhysAddr begin, usize bytes)
        : memory_{static_cast<std::byte*>(std::aligned_alloc(4_MiB, align_up(bytes, 4_MiB)))},
          range_{begin, begin + bytes},
          previous_base_{arch::sim_linear_base} {
        if (memory_ == nullptr) throw std::bad_alloc{};
        arch::sim_linear_base = reinterpret_cast<uptr>(memory_) - begin.value();
    }
    ~FakeRam() {
        arch::sim_linear_base = previous_base_;
        std::free(memory_);
    }
    FakeRam(const FakeRam&) = delete;
    FakeRam& operator=(const FakeRam&) = delete;

    PhysRange range() const { return range_; }
    std::byte* at(PhysAddr address) const { return memory_ + (address - range_.begin); }
    PhysRange part(usize from, usize bytes) const { return {range_.begin + from, range_.begin + from + bytes}; }

private:
    std::byte* memory_;
    PhysRange range_;
    uptr previous_base_;
};

// A bump allocator with memory of its own, for metadata.
struct OwnBump {
    explicit OwnBump(usize bytes = 256_KiB) : memory(bytes) { bump.give(Unsafe{"the test's own memory"}, memory); }
    std::vector<std::byte> memory;
    mm::Bump bump;
};

// One bank, all of it free.
struct FakeFrames {
    explicit FakeFrames(usize bytes, PhysAddr begin = PhysAddr{0x4000'0000}) : ram{begin, bytes} {
        if (!frames.add_bank(ram.range(), own.bump)) throw std::bad_alloc{};
        if (!frames.add_range(Unsafe{"nobody uses the fake RAM"}, ram.range())) throw std::bad_alloc{};
    }
    FakeRam ram;
    OwnBump own;
    mm::FrameAllocator frames;
};

// What a planted mistake was reported as; empty if nobody noticed.
template <typename F>
std::string reported(F&& mistake);

}  // namespace quartet::fakes

#include "../fakes/check_failed.hpp"

template <typename F>
std::string quartet::fakes::reported(F&& mistake) {
    try {
        mistake();
    } catch (const CheckFailed& failure) {
        return failure.what();
    }
    return {};
}
