// SPDX-License-Identifier: MIT
//
// Where stacks and records come from: stacks lie between guards; records never go back, so that a frame of them is
// carved up once and for all.

#include <arch/linear_map.hpp>
#include <kernel/thread/thread_records.hpp>
#include <mm/memory.hpp>
#include <mm/stack.hpp>
#include <sync/spin_lock.hpp>

#include <new>

namespace quartet::kernel {
namespace {

struct RecordRoom {
    sync::SpinLock<sync::LockRank::Threads> lock;
    std::byte* next GUARDED_BY(lock) = nullptr;
    usize left GUARDED_BY(lock) = 0;
};
constinit RecordRoom room;

}  // namespace

Result<std::span<std::byte>> allocate_stack(usize size) noexcept { return mm::kernel_stacks.allocate(size); }

void free_stack(std::span<std::byte> stack) noexcept { mm::kernel_stacks.free(stack); }

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
