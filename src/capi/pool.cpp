// SPDX-License-Identifier: MIT

#include <capi/calls.hpp>
#include <kernel/wait/block_pool.hpp>

using namespace quartet;

struct qt_pool : capi::Counted<kernel::BlockPool> {
    qt_pool(void* memory, usize bytes, usize block_size, usize count)
        : Counted(static_cast<std::byte*>(memory), block_size, count), room(memory), size(bytes) {}
    ~qt_pool() { mm::kernel_heap.free_sized(room, size, kernel::BlockPool::block_align); }

    void* const room;
    const usize size;
};

namespace {

[[gnu::noinline]] qt_status alloc_slowly(qt_pool& pool, void** out, u64 timeout) {
    if (timeout == QT_NO_WAIT) return pool.object.closed() ? QT_DELETED : QT_WOULD_BLOCK;
    kernel::ThreadContext self = capi::caller();
    qt_pool::Stay stay{pool, self};
    const Result<void*> block = pool.object.take_for(self, {timeout});
    if (!block) return capi::status_of(block.error());
    *out = *block;
    return QT_OK;
}

}  // namespace

extern "C" {

qt_status qt_pool_create(qt_pool** out, size_t block_size, size_t count) {
    const Result<usize> size = kernel::BlockPool::room_for(block_size, count);
    if (out == nullptr || !size) return QT_INVALID;
    if (arch::in_handler()) return QT_IN_HANDLER;
    const Result<void*> room = mm::kernel_heap.allocate(*size, kernel::BlockPool::block_align);
    if (!room) return QT_NO_MEMORY;
    const qt_status created = capi::create(out, *room, *size, block_size, count);
    if (created != QT_OK) mm::kernel_heap.free_sized(*room, *size, kernel::BlockPool::block_align);
    return created;
}

qt_status qt_pool_alloc(qt_pool* pool, void** out, uint64_t timeout) {
    if (pool == nullptr || out == nullptr) [[unlikely]]
        return QT_INVALID;
    if (!capi::may_wait(timeout)) [[unlikely]]
        return QT_IN_HANDLER;
    if (void* block = pool->object.try_take()) [[likely]] {
        *out = block;
        return QT_OK;
    }
    return alloc_slowly(*pool, out, timeout);
}

qt_status qt_pool_free(qt_pool* pool, void* block) {
    if (pool == nullptr) [[unlikely]]
        return QT_INVALID;
    return capi::status_of(pool->object.give(block));
}

qt_status qt_pool_destroy(qt_pool* pool) { return capi::destroy(pool); }

}  // extern "C"
