// SPDX-License-Identifier: MIT

#include <capi/calls.hpp>
#include <kernel/wait/event_flags.hpp>

using namespace quartet;

struct qt_event : capi::Counted<kernel::EventFlags> {
    using Counted::Counted;
};

namespace {

// Setting and clearing go through all who wait, in steps: the object stays for as long. A handler's call could not free
// it at its end; it is over before a thread of its core goes on, and others' destroy beside it is their mistake.
template <typename Change>
qt_status change(qt_event* event, Change how) noexcept {
    if (event == nullptr) return QT_INVALID;
    if (arch::in_handler()) return capi::status_of(how(event->object));
    kernel::ThreadContext self = capi::caller();
    qt_event::Stay stay{*event, self};
    return capi::status_of(how(event->object));
}

qt_status status_and_flags(const Result<u32>& result, u32* got) noexcept {
    if (!result) return capi::status_of(result.error());
    if (got != nullptr) *got = *result;
    return QT_OK;
}

// Apart from what a handler may call, which is refused before it comes here.
[[gnu::noinline]] qt_status wait_slowly(qt_event& event, const kernel::EventWant& want, u32* got,
                                        u64 timeout) noexcept {
    kernel::ThreadContext self = capi::caller();
    qt_event::Stay stay{event, self};
    return status_and_flags(event.object.wait_for(self, want, {timeout}), got);
}

}  // namespace

extern "C" {

qt_status qt_event_create(qt_event** out) { return capi::create(out); }

qt_status qt_event_set(qt_event* event, uint32_t mask) {
    return change(event, [=](kernel::EventFlags& flags) { return flags.set(mask); });
}

qt_status qt_event_clear(qt_event* event, uint32_t mask) {
    return change(event, [=](kernel::EventFlags& flags) { return flags.clear(mask); });
}

qt_status qt_event_wait(qt_event* event, uint32_t mask, unsigned flags, uint32_t* got, uint64_t timeout) {
    using Want = kernel::EventWant;
    if (event == nullptr || (flags & ~(QT_ALL | QT_CLEAR)) != 0) return QT_INVALID;
    if (!capi::may_wait(timeout)) return QT_IN_HANDLER;
    const Want want{.mask = mask,
                    .match = (flags & QT_ALL) != 0 ? Want::Match::All : Want::Match::Any,
                    .on_exit = (flags & QT_CLEAR) != 0 ? Want::OnExit::Clear : Want::OnExit::Keep};
    if (timeout == QT_NO_WAIT) return status_and_flags(event->object.try_wait(want), got);
    return wait_slowly(*event, want, got, timeout);
}

qt_status qt_event_destroy(qt_event* event) { return capi::destroy(event); }

}  // extern "C"
