// SPDX-License-Identifier: MIT
//
// The functions that the linker calls in place of the kernel's (--wrap): each looks whether it is to fail, and else goes on
// to the real one. The names are the linker's. In a handler only the request to another core is reached: no lock, no loop.

#include "fault_points.hpp"
#include "fault_state.hpp"
#include "random.hpp"

#include <base/assert.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/thread/thread.hpp>
#include <mm/heap.hpp>

#include <bit>

namespace quartet::torture::faults {

using Order = arch::Order;

constinit State state{};

namespace {

bool hit(Chance& chance) noexcept {
    const u32 one_in = chance.one_in.load(Order::Relaxed);
    if (one_in == 0) [[likely]]
        return false;
    const u64 call = chance.calls.fetch_add(1, Order::Relaxed);
    if (mixed(state.seed.load(Order::Relaxed) ^ call) % one_in != 0) return false;
    chance.hits.fetch_add(1, Order::Relaxed);
    return true;
}

// The place's entry, made at its first pass; null: the table is full.
Site* site_at(uptr address) noexcept {
    for (usize n = 0; n < state.sites.size(); ++n) {
        Site& site = state.sites[(mixed(address) + n) % state.sites.size()];
        uptr found = site.address.load(Order::Relaxed);
        if (found == 0 && site.address.compare_exchange(found, address, Order::Relaxed, Order::Relaxed)) return &site;
        if (found == address) return &site;
    }
    return nullptr;
}

bool first_pass(uptr address) noexcept {
    Site* site = site_at(address);
    if (site == nullptr || site->passed.fetch_add(1, Order::Relaxed) != 0) return false;
    site->failed.fetch_add(1, Order::Relaxed);
    state.allocation.hits.fetch_add(1, Order::Relaxed);
    return true;
}

bool counted_down() noexcept {
    u64 left = state.allocations_left.load(Order::Relaxed);
    while (left != 0) {
        if (!state.allocations_left.compare_exchange(left, left - 1, Order::Relaxed, Order::Relaxed)) continue;
        if (left == 1) state.allocation.hits.fetch_add(1, Order::Relaxed);
        return left == 1;
    }
    return false;
}

bool is_chosen(uptr site) noexcept {
    if (hit(state.allocation)) return true;
    if (state.allocations_left.load(Order::Relaxed) != 0 && counted_down()) return true;
    return state.each_site.load(Order::Relaxed) && first_pass(site);
}

// Whoever else asks is no worker, and is not looked at.
void note_failure() noexcept {
    const uptr thread = std::bit_cast<uptr>(&kernel::current_thread());
    for (Note& note : state.notes)
        if (note.thread.load(Order::Relaxed) == thread) note.failed.store(true, Order::Relaxed);
}

bool allocation_fails(uptr site) noexcept {
    if (state.held.load(Order::Relaxed) != 0) [[unlikely]]
        return false;
    if (!is_chosen(site)) return false;
    note_failure();
    return true;
}

Note& enter(uptr thread) noexcept {
    for (usize n = 0;; ++n) {
        check(n < state.notes.size(), "there is a note for each worker");
        Note& note = state.notes[n];
        uptr nobody = 0;
        if (!note.thread.compare_exchange(nobody, thread, Order::Relaxed, Order::Relaxed)) continue;
        note.failed.store(false, Order::Relaxed);
        return note;
    }
}

[[gnu::always_inline]] inline uptr here(void* return_address) { return std::bit_cast<uptr>(return_address); }

}  // namespace

Noted::Noted(ThreadContext& self) noexcept : note_(enter(std::bit_cast<uptr>(&self.thread()))) {}
Noted::~Noted() { note_.thread.store(0, Order::Relaxed); }
bool Noted::take_failure() noexcept { return note_.failed.exchange(false, Order::Relaxed); }

}  // namespace quartet::torture::faults

using namespace quartet;
using torture::faults::allocation_fails;
using torture::faults::here;

extern "C" {

void* __real_quartet_magazine_pop(mm::Cache* cache);
void* __wrap_quartet_magazine_pop(mm::Cache* cache) {
    // Where checks are on the two below come first.
    if (!checks_enabled && allocation_fails(here(__builtin_return_address(0)))) return nullptr;
    return __real_quartet_magazine_pop(cache);
}

// Cache::allocate_checked(usize, uptr)
void* __real__ZN7quartet2mm5Cache16allocate_checkedEmm(mm::Cache* cache, usize requested, uptr caller);
void* __wrap__ZN7quartet2mm5Cache16allocate_checkedEmm(mm::Cache* cache, usize requested, uptr caller) {
    if (allocation_fails(caller + 4)) return nullptr;
    return __real__ZN7quartet2mm5Cache16allocate_checkedEmm(cache, requested, caller);
}

// Cache::allocate_checked(usize), which notes who called it.
void* __wrap__ZN7quartet2mm5Cache16allocate_checkedEm(mm::Cache* cache, usize requested) {
    const uptr site = here(__builtin_return_address(0));
    if (allocation_fails(site)) return nullptr;
    return __real__ZN7quartet2mm5Cache16allocate_checkedEmm(cache, requested, site - 4);
}

// Heap::allocate_large
Result<void*> __real__ZN7quartet2mm4Heap14allocate_largeEmm(mm::Heap* heap, usize size, usize align);
Result<void*> __wrap__ZN7quartet2mm4Heap14allocate_largeEmm(mm::Heap* heap, usize size, usize align) {
    if (allocation_fails(here(__builtin_return_address(0)))) return fail(Error::NoMemory);
    return __real__ZN7quartet2mm4Heap14allocate_largeEmm(heap, size, align);
}

// FrameAllocator::allocate
Result<PhysAddr> __real__ZN7quartet2mm14FrameAllocator8allocateEjNS0_8FrameUseENS0_5ReachE(mm::FrameAllocator* frames,
                                                                                           u32 order, mm::FrameUse use,
                                                                                           mm::Reach reach);
Result<PhysAddr> __wrap__ZN7quartet2mm14FrameAllocator8allocateEjNS0_8FrameUseENS0_5ReachE(mm::FrameAllocator* frames,
                                                                                           u32 order, mm::FrameUse use,
                                                                                           mm::Reach reach) {
    if (allocation_fails(here(__builtin_return_address(0)))) return fail(Error::NoMemory);
    return __real__ZN7quartet2mm14FrameAllocator8allocateEjNS0_8FrameUseENS0_5ReachE(frames, order, use, reach);
}

// kernel::ipi::send. What says "stand still" or "look at your interrupts" always goes: nobody asks for it twice.
void __real__ZN7quartet6kernel3ipi4sendEjNS1_7PurposeERKNS_4arch10IrqsMaskedE(u32 core, kernel::ipi::Purpose purpose,
                                                                              const arch::IrqsMasked& masked) noexcept;
void __wrap__ZN7quartet6kernel3ipi4sendEjNS1_7PurposeERKNS_4arch10IrqsMaskedE(u32 core, kernel::ipi::Purpose purpose,
                                                                              const arch::IrqsMasked& masked) noexcept {
    const bool may_be_lost = purpose == kernel::ipi::Purpose::Reschedule || purpose == kernel::ipi::Purpose::Call;
    if (may_be_lost && torture::faults::hit(torture::faults::state.request)) return;
    __real__ZN7quartet6kernel3ipi4sendEjNS1_7PurposeERKNS_4arch10IrqsMaskedE(core, purpose, masked);
}

}  // extern "C"
