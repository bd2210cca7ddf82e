// SPDX-License-Identifier: MIT
//
// Where stacks and records come from: whole frames. Records never go back, so that a frame of them is carved up
// once and for all.

#include <arch/linear_map.hpp>
#include <kernel/thread_records.hpp>
#include <mm/memory.hpp>
#include <sync/spin_lock.hpp>

#include <bit>
#include <new>

namespace quartet::kernel {
namespace {

struct RecordRoom {
    sync::SpinLock<sync::LockRank::Threads> lock;
    std::byte* next GUARDED_BY(lock) = nullptr;
    usize left GUARDED_BY(lock) = 0;
};
constinit RecordRoom room;

u32 order_of(usize size) { return static_cast<u32>(std::bit_width((size - 1) / page_size)); }

}  // namespace

Result<std::span<std::byte>> allocate_stack(usize size) noexcept {
    PhysAddr frames = TRY(mm::kernel_frames.allocate(order_of(size)));
    void* begin = arch::linear_pointer(Unsafe{"the frame allocator's memory is in the linear map"}, frames);
    return std::span{static_cast<std::byte*>(begin), size};
}

void free_stack(std::span<std::byte> stack) noexcept {
    PhysAddr frames = arch::linear_physical(Unsafe{"it came from allocate_stack"}, stack.data());
    mm::kernel_frames.free(frames, order_of(stack.size()));
}

Result<Thread*> allocate_record() noexcept {
    sync::IrqLockGuard guard{room.lock};
    if (room.left < sizeof(Thread)) {
        PhysAddr frame = TRY(mm::kernel_frames.allocate(0));
        void* begin = arch::linear_pointer(Unsafe{"the frame allocator's memory is in the linear map"}, frame);
        room.next = static_cast<std::byte*>(begin);
        room.left = page_size;
    }
    void* place = room.next;
    room.next += sizeof(Thread);
    room.left -= sizeof(Thread);
    return new (place) Thread{};
}

}  // namespace quartet::kernel
