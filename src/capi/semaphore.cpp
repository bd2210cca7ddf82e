// SPDX-License-Identifier: MIT

#include <capi/calls.hpp>
#include <kernel/wait/semaphore.hpp>

using namespace quartet;

struct qt_sem : capi::Counted<kernel::Semaphore> {
    using Counted::Counted;
};

namespace {

[[gnu::noinline]] qt_status take_slowly(qt_sem& sem, u64 timeout) {
    if (timeout == QT_NO_WAIT) return sem.object.is_closed() ? QT_DELETED : QT_WOULD_BLOCK;
    kernel::ThreadContext self = capi::caller();
    qt_sem::Stay stay{sem, self};
    return capi::status_of(sem.object.take_for(self, {timeout}));
}

}  // namespace

extern "C" {

qt_status qt_sem_create(qt_sem** out, uint32_t initial, uint32_t ceiling) {
    constexpr u32 largest = static_cast<u32>(kernel::Semaphore::largest);
    if (ceiling == 0 || ceiling > largest || initial > ceiling) return QT_INVALID;
    return capi::create(out, static_cast<i32>(initial), static_cast<i32>(ceiling));
}

qt_status qt_sem_take(qt_sem* sem, uint64_t timeout) {
    if (sem == nullptr) [[unlikely]]
        return QT_INVALID;
    if (!capi::may_wait(timeout)) [[unlikely]]
        return QT_IN_HANDLER;
    if (sem->object.try_take()) [[likely]]
        return QT_OK;
    return take_slowly(*sem, timeout);
}

qt_status qt_sem_give(qt_sem* sem) {
    if (sem == nullptr) [[unlikely]]
        return QT_INVALID;
    return capi::status_of(sem->object.give());
}

qt_status qt_sem_destroy(qt_sem* sem) { return capi::destroy(sem); }

}  // extern "C"
