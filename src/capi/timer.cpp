// SPDX-License-Identifier: MIT
//
// One type in C for the two kinds of timers. Nothing here is touched after the callback was called: it may have destroyed
// its timer.

#include <arch/code.hpp>
#include <capi/calls.hpp>
#include <kernel/time/timer.hpp>

using namespace quartet;

struct qt_timer {
    qt_timer(void (*work)(void*), void* arg, bool for_handler)
        : callback(work), argument(arg), in_handler(for_handler) {
        if (in_handler) new (&handler_timer) kernel::HandlerTimer{call_in_handler, this};
        else new (&thread_timer) kernel::Timer{call_in_thread, this};
    }
    ~qt_timer() {
        if (in_handler) handler_timer.~HandlerTimer();
        else thread_timer.~Timer();
    }

    kernel::TimerControl& control() noexcept {
        return in_handler ? static_cast<kernel::TimerControl&>(handler_timer) : thread_timer;
    }

    static void call_in_handler(kernel::HandlerTimer& timer) noexcept {
        const qt_timer& it = *static_cast<qt_timer*>(timer.argument());
        it.callback(it.argument);
    }
    static void call_in_thread(kernel::ThreadContext&, kernel::Timer& timer) {
        const qt_timer& it = *static_cast<qt_timer*>(timer.argument());
        it.callback(it.argument);
    }

    void (*const callback)(void*);
    void* const argument;
    const bool in_handler;
    union {
        kernel::HandlerTimer handler_timer;
        kernel::Timer thread_timer;
    };
};

extern "C" {

qt_status qt_timer_create(qt_timer** out, void (*callback)(void*), void* arg, int in_handler) {
    if (out == nullptr || !arch::is_code(callback)) return QT_INVALID;
    if (arch::in_handler()) return QT_IN_HANDLER;
    if (in_handler == 0) {
        if (Status thread = kernel::start_timer_thread(); !thread) return capi::status_of(thread);
    }
    return capi::create(out, callback, arg, in_handler != 0);
}

qt_status qt_timer_start(qt_timer* timer, uint64_t first_ns, uint64_t period_ns) {
    if (timer == nullptr) return QT_INVALID;
    return capi::status_of(timer->control().start({first_ns}, {period_ns}));
}

qt_status qt_timer_cancel(qt_timer* timer) {
    if (timer == nullptr) return QT_INVALID;
    static_cast<void>(timer->control().cancel());
    return QT_OK;
}

qt_status qt_timer_destroy(qt_timer* timer) {
    if (timer == nullptr) return QT_INVALID;
    if (arch::in_handler()) return QT_IN_HANDLER;
    timer->~qt_timer();
    mm::kernel_heap.free_sized(timer, sizeof(qt_timer), alignof(qt_timer));
    return QT_OK;
}

}  // extern "C"
