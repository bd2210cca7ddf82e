// SPDX-License-Identifier: MIT

#include <capi/calls.hpp>
#include <kernel/wait/mutex.hpp>

using namespace quartet;

struct qt_mutex : capi::Counted<kernel::Mutex> {
    using Counted::Counted;
};

namespace {

[[gnu::noinline]] qt_status lock_slowly(qt_mutex& mutex, kernel::ThreadContext& self, u64 timeout) {
    qt_mutex::Stay stay{mutex, self};
    return capi::status_of(mutex.object.lock_for(self, {timeout}));
}

}  // namespace

extern "C" {

qt_status qt_mutex_create(qt_mutex** out) { return capi::create(out); }

qt_status qt_mutex_lock(qt_mutex* mutex, uint64_t timeout) {
    if (mutex == nullptr) [[unlikely]]
        return QT_INVALID;
    // A handler owns nothing: the thread that it interrupted would.
    if (arch::in_handler()) [[unlikely]]
        return QT_IN_HANDLER;
    kernel::ThreadContext self = capi::caller();
    if (mutex->object.lock_if_free(self, kernel::Mutex::patience_of({timeout}))) [[likely]]
        return QT_OK;
    return lock_slowly(*mutex, self, timeout);
}

qt_status qt_mutex_unlock(qt_mutex* mutex) {
    if (mutex == nullptr) [[unlikely]]
        return QT_INVALID;
    if (arch::in_handler()) [[unlikely]]
        return QT_IN_HANDLER;
    kernel::ThreadContext self = capi::caller();
    return capi::status_of(mutex->object.unlock(self));
}

qt_status qt_mutex_destroy(qt_mutex* mutex) { return capi::destroy(mutex); }

}  // extern "C"
