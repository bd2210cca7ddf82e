// SPDX-License-Identifier: MIT

#include <arch/magazine.hpp>
#include <mm/magazine.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::mm {

namespace {

constinit std::array<CoreMagazines, max_cores> tables{};

// Above the caches' own locks in rank, so that a visitor may take those.
constinit sync::SpinLock<sync::LockRank::KernelMap> registry_lock;
constinit std::array<Cache*, magazine_slots> registry GUARDED_BY(registry_lock){};

}  // namespace

void enter_core(u32 core) noexcept {
    tables[core].slots[0].begin(0);
    reenter_core(core);
}

void reenter_core(u32 core) noexcept {
    arch::set_magazine_table(Unsafe{"each core names its own number, and the table is static"}, &tables[core]);
}

u64 claim_magazines(Cache& cache, u32 capacity) {
    sync::IrqLockGuard guard{registry_lock};
    for (u32 slot = 1; slot < magazine_slots; ++slot) {
        if (registry[slot] != nullptr) continue;
        registry[slot] = &cache;
        for (CoreMagazines& core : tables) core.slots[slot].begin(capacity);
        return slot * sizeof(Magazine);
    }
    return 0;
}

void release_magazines(u64 slot) {
    sync::IrqLockGuard guard{registry_lock};
    registry[slot / sizeof(Magazine)] = nullptr;
    for (CoreMagazines& core : tables) core.slots[slot / sizeof(Magazine)] = Magazine{};
}

Magazine& this_magazine(u64 slot, const arch::IrqsMasked& masked) noexcept {
    return static_cast<CoreMagazines*>(arch::magazine_table(masked))->slots[slot / sizeof(Magazine)];
}

Magazine& magazine_of(u32 core, u64 slot) noexcept { return tables[core].slots[slot / sizeof(Magazine)]; }

bool visit_cache(u32 slot, void (*visit)(Cache& cache, void* context), void* context) {
    sync::IrqLockGuard guard{registry_lock};
    if (slot >= magazine_slots || registry[slot] == nullptr) return false;
    visit(*registry[slot], context);
    return true;
}

}  // namespace quartet::mm
