// SPDX-License-Identifier: MIT

#include <capi/calls.hpp>
#include <kernel/wait/event_flags.hpp>

using namespace quartet;

struct qt_event : capi::Counted<kernel::EventFlags> {
    using Counted::Counted;
};

extern "C" {

qt_status qt_event_create(qt_event** out) { return capi::create(out); }

// Setting goes through all who wait, in steps: the object stays for as long.
qt_status qt_event_set(qt_event* event, uint32_t mask) {
    if (event == nullptr) return QT_INVALID;
    qt_event::Stay stay{*event};
    return capi::status_of(event->object.set(mask));
}

qt_status qt_event_clear(qt_event* event, uint32_t mask) {
    if (event == nullptr) return QT_INVALID;
    qt_event::Stay stay{*event};
    return capi::status_of(event->object.clear(mask));
}

qt_status qt_event_wait(qt_event* event, uint32_t mask, unsigned flags, uint32_t* got, uint64_t timeout) {
    using Want = kernel::EventWant;
    if (event == nullptr || (flags & ~(QT_ALL | QT_CLEAR)) != 0) return QT_INVALID;
    if (!capi::may_wait(timeout)) return QT_IN_HANDLER;
    qt_event::Stay stay{*event};
    const Want want{.mask = mask,
                    .match = (flags & QT_ALL) != 0 ? Want::Match::All : Want::Match::Any,
                    .on_exit = (flags & QT_CLEAR) != 0 ? Want::OnExit::Clear : Want::OnExit::Keep};
    Result<u32> result = event->object.try_wait(want);
    if (!result && result.error() == Error::WouldBlock && timeout != QT_NO_WAIT) {
        kernel::ThreadContext self = capi::caller();
        result = event->object.wait_for(self, want, {timeout});
    }
    if (!result) return capi::status_of(result.error());
    if (got != nullptr) *got = *result;
    return QT_OK;
}

qt_status qt_event_destroy(qt_event* event) { return capi::destroy(event); }

}  // extern "C"
