// SPDX-License-Identifier: MIT
//
// The first allocator: it hands out one range from front to back and takes nothing back. It needs
// no lock, no metadata and no other part of the kernel, which is how the circle "allocator needs
// locks, locks need threads, threads need an allocator" is entered. What it gave stays valid for
// ever; what it did not give is handed to the frame allocator.

#pragma once

#include <arch/atomic.hpp>
#include <base/result.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <span>

namespace quartet::mm {

class Bump {
public:
    struct Report {
        usize used;       // bytes, those lost to alignment included
        usize remaining;  // bytes
        u32 count;        // allocations that succeeded
    };

    constexpr Bump() = default;
    Bump(const Bump&) = delete;
    Bump& operator=(const Bump&) = delete;

    // Begin to hand out `memory`. Context: boot, one core, once.
    // Safety: `memory` is mapped, writable, and nobody else's for ever.
    void give(Unsafe, std::span<std::byte> memory) noexcept;

    // `size` bytes at a multiple of `align`, not zeroed. Size 0 is as size 1: every success is an
    // address of its own. Context: any, the MMU on. Cost: one exclusive pair, about 20 instructions.
    // Errors: Invalid where `align` is no power of two; NoMemory, and then nothing has changed.
    Result<void*> allocate(usize size, usize align) noexcept;

    // End: every later `allocate` fails. Returns the whole pages behind the last byte given, which are
    // the caller's now; empty if there are none, or if it was closed before.
    std::span<std::byte> close() noexcept;

    // Whether `pointer` lies in what was ever given to this allocator and not handed over by `close`.
    bool owns(const void* pointer) const noexcept {
        return address(pointer) - begin_ < end_.load(arch::Order::Relaxed) - begin_;
    }

    Report report() const noexcept;

private:
    static uptr address(const void* pointer) noexcept { return reinterpret_cast<uptr>(pointer); }

    uptr begin_ = 0;
    arch::Atomic<uptr> end_{0};   // written by give and close alone
    arch::Atomic<uptr> mark_{0};  // the first byte not yet given
    arch::Atomic<u32> count_{0};
};

}  // namespace quartet::mm
