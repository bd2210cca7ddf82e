// SPDX-License-Identifier: MIT
//
// A machine with a heap: fake RAM, frames, a heap of its own, four cores whose turn the test decides, and
// everything that the allocators had to say.

#pragma once

#include "fake_ram.hpp"

#include <mm/cache.hpp>
#include <mm/heap.hpp>
#include <mm/memory_fault.hpp>

namespace quartet::fakes {

struct FakeHeap : FakeFrames {
    explicit FakeHeap(usize bytes = 16_MiB) : FakeFrames{bytes}, before{frames.stats()}, heap{own.bump, frames} {
        // Tests that end with live objects leave their caches in the magazines.
        for (u64 slot = 1; slot < mm::magazine_slots; ++slot) mm::release_magazines(slot * sizeof(mm::Magazine));
        heap.start();
        mm::enter_core(0);
        notices.clear();
        mm::set_fault_hooks({.notice = [](std::string_view line) { notices.emplace_back(line); }});
    }
    ~FakeHeap() {
        mm::enter_core(0);
        mm::set_fault_hooks({});
        (void)heap.destroy();
    }

    // From here on damage is reported, and the machine goes on.
    void go_on() {
        mm::set_fault_hooks(
            {.notice = [](std::string_view line) { notices.emplace_back(line); }, .policy = mm::DamagePolicy::GoOn});
    }
    bool noticed(std::string_view words) const {
        for (const std::string& line : notices) {
            if (line.find(words) != std::string::npos) return true;
        }
        return false;
    }
    // Every frame is back.
    bool whole() { return heap.destroy().has_value() && frames.stats().free_blocks == before.free_blocks; }

    mm::FrameAllocator::Stats before;
    mm::Heap heap;
    static inline std::vector<std::string> notices;
};

template <typename F>
void as_core(u32 core, F&& act) {
    mm::enter_core(core);
    act();
    mm::enter_core(0);
}

}  // namespace quartet::fakes
