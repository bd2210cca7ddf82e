// SPDX-License-Identifier: MIT
//
// Stacks between guards. Each lies in a slot of its own in the stack window, with 64 KiB of address space
// below it and at least as much above it to which nothing is ever mapped: code is built so that it touches
// every 64 KiB of a frame (-fstack-clash-protection), so an overflow faults before it can reach anything else.
// The address alone tells which stack a guard belongs to.

#pragma once

#include <base/address.hpp>
#include <base/result.hpp>
#include <base/thread_safety.hpp>
#include <base/types.hpp>
#include <mm/frames.hpp>
#include <sync/spin_lock.hpp>

#include <array>
#include <optional>
#include <span>

namespace quartet::mm {

inline constexpr usize stack_guard = 64_KiB;

// What stacks need of the kernel map; the host's tests put their own here.
struct StackMapping {
    Status (*map)(uptr va, PhysAddr pa, usize size);
    void (*unmap)(uptr va, usize size);
    PhysAddr (*physical)(uptr va);  // of a page that `map` mapped
    bool (*mapped)(uptr va);        // whether it has
};

// Slots of one size, side by side in the address space. Not locked. Which of them are taken is kept apart, because it is
// zeros in the beginning: an image need not hold it.
template <usize SlotBytes, u32 Slots>
class StackSlots {
public:
    static constexpr usize slot_bytes = SlotBytes;
    static constexpr usize largest_stack = SlotBytes - stack_guard;
    static constexpr usize window_bytes = SlotBytes * Slots;
    using Taken = std::array<u64, Slots / 64>;

    constexpr explicit StackSlots(Taken& taken) : used_(taken) {}

    // The address of a stack's lowest byte, 0 where all slots are taken.
    uptr take(uptr window) {
        for (u32 n = 0; n < used_.size(); ++n) {
            const u32 at = (next_ + n) % static_cast<u32>(used_.size());
            if (~used_[at] == 0) continue;
            const u32 bit = static_cast<u32>(__builtin_ctzll(~used_[at]));
            used_[at] |= u64{1} << bit;
            next_ = at;
            return window + (at * usize{64} + bit) * SlotBytes + stack_guard;
        }
        return 0;
    }
    void give(uptr window, uptr stack) {
        const usize slot = (stack - window) / SlotBytes;
        used_[slot / 64] &= ~(u64{1} << (slot % 64));
    }
    bool taken(uptr window, uptr stack) const {
        const usize slot = (stack - window) / SlotBytes;
        return (used_[slot / 64] >> (slot % 64) & 1) != 0;
    }

private:
    Taken& used_;
    u32 next_ = 0;
};

class Stacks {
    using Small = StackSlots<128_KiB, 16384>;
    using Large = StackSlots<1_MiB, 1024>;

public:
    static constexpr usize usual_size = 16_KiB;
    static constexpr usize window_bytes = Small::window_bytes + Large::window_bytes;

    struct Place {
        uptr stack;  // the lowest address of the stack that this slot is for
        bool guard;  // the address lies below it, where nothing is ever mapped
    };

    struct Taken {
        Small::Taken small{};
        Large::Taken large{};
    };

    // `window` is the address space to use, `window_bytes` of it; of `taken` it is the only user.
    constexpr Stacks(FrameAllocator& frames, const StackMapping& mapping, uptr window, Taken& taken)
        : frames_(frames), mapping_(mapping), window_(window), small_(taken.small), large_(taken.large) {}
    Stacks(const Stacks&) = delete;
    Stacks& operator=(const Stacks&) = delete;

    // A stack of `size` bytes, rounded up to pages, at most 1 MiB - 64 KiB. Context: thread or boot. Errors: NoMemory
    // (frames, tables or address space), Invalid.
    // Cost: a new one maps its pages; one that was freed before, of the usual size, about 40 instructions.
    Result<std::span<std::byte>> allocate(usize size);

    // Context: thread or boot, on another stack. Pre: `stack` is what allocate returned, and was not freed since: what
    // allocate did not return in this size, or was freed already, ends in `check_failed`.
    void free(std::span<std::byte> stack);

    // Whose slot holds this address; nothing outside the window. Context: any, also a fault.
    std::optional<Place> describe(uptr address) const noexcept;

    // Stacks that are mapped now, those kept for reuse included. Context: any.
    u32 count() const noexcept;

private:
    uptr large_window() const { return window_ + Small::window_bytes; }
    Result<uptr> take_slot(usize size);
    void give_slot(uptr stack);
    void expect_size(std::span<std::byte> memory) const;
    void expect_live(uptr stack) const REQUIRES_LOCK(lock_);
    Status map_frames(uptr stack, usize size);
    void free_frames(uptr stack, usize size);

    FrameAllocator& frames_;
    const StackMapping& mapping_;
    uptr window_;

    // The kernel map has a lock of this rank too: never held across a call of it.
    mutable sync::SpinLock<sync::LockRank::KernelMap> lock_;
    Small small_ GUARDED_BY(lock_);
    Large large_ GUARDED_BY(lock_);
    std::array<uptr, 16> kept_ GUARDED_BY(lock_){};  // of the usual size, mapped, free
    u32 kept_count_ GUARDED_BY(lock_) = 0;
    u32 count_ GUARDED_BY(lock_) = 0;
};

extern constinit Stacks kernel_stacks;

}  // namespace quartet::mm
