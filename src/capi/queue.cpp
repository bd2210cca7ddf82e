// SPDX-License-Identifier: MIT

#include <capi/calls.hpp>
#include <kernel/wait/message_queue_core.hpp>

using namespace quartet;

using End = kernel::MessageQueueCore::End;

struct qt_queue : capi::Counted<kernel::MessageQueueCore> {
    qt_queue(void* memory, usize bytes, usize item_size, usize capacity)
        : Counted(static_cast<std::byte*>(memory), item_size, capacity), room(memory), size(bytes) {}
    ~qt_queue() { mm::kernel_heap.free_sized(room, size); }

    void* const room;
    const usize size;
};

namespace {

[[gnu::noinline]] qt_status send_slowly(qt_queue& queue, const void* item, u64 timeout) {
    kernel::ThreadContext self = capi::caller();
    qt_queue::Stay stay{queue, self};
    return capi::status_of(queue.object.send_for(self, item, End::Back, {timeout}));
}

[[gnu::noinline]] qt_status receive_slowly(qt_queue& queue, void* item, u64 timeout) {
    kernel::ThreadContext self = capi::caller();
    qt_queue::Stay stay{queue, self};
    return capi::status_of(queue.object.receive_for(self, item, {timeout}));
}

}  // namespace

extern "C" {

qt_status qt_queue_create(qt_queue** out, size_t item_size, size_t capacity) {
    const Result<usize> size = kernel::MessageQueueCore::room_for(item_size, capacity);
    if (out == nullptr || !size) return QT_INVALID;
    if (arch::in_handler()) return QT_IN_HANDLER;
    const Result<void*> room = mm::kernel_heap.allocate(*size);
    if (!room) return QT_NO_MEMORY;
    const qt_status created = capi::create(out, *room, *size, item_size, capacity);
    if (created != QT_OK) mm::kernel_heap.free_sized(*room, *size);
    return created;
}

qt_status qt_queue_send(qt_queue* queue, const void* item, uint64_t timeout) {
    if (queue == nullptr || item == nullptr) [[unlikely]]
        return QT_INVALID;
    if (!capi::may_wait(timeout)) [[unlikely]]
        return QT_IN_HANDLER;
    const Status sent = queue->object.try_send(item, End::Back);
    if (sent) [[likely]]
        return QT_OK;
    if (sent.error() != Error::WouldBlock || timeout == QT_NO_WAIT) return capi::status_of(sent.error());
    return send_slowly(*queue, item, timeout);
}

qt_status qt_queue_receive(qt_queue* queue, void* item, uint64_t timeout) {
    if (queue == nullptr || item == nullptr) [[unlikely]]
        return QT_INVALID;
    if (!capi::may_wait(timeout)) [[unlikely]]
        return QT_IN_HANDLER;
    const Status received = queue->object.try_receive(item);
    if (received) [[likely]]
        return QT_OK;
    if (received.error() != Error::WouldBlock || timeout == QT_NO_WAIT) return capi::status_of(received.error());
    return receive_slowly(*queue, item, timeout);
}

qt_status qt_queue_destroy(qt_queue* queue) { return capi::destroy(queue); }

}  // extern "C"
