// SPDX-License-Identifier: MIT

#include <arch/counter.hpp>
#include <capi/calls.hpp>
#include <kernel/thread/threads.hpp>

using namespace quartet;

extern "C" {

void qt_yield(void) {
    if (arch::in_handler()) return;
    kernel::ThreadContext self = capi::caller();
    kernel::yield(self);
}

qt_status qt_sleep(uint64_t ns) {
    if (arch::in_handler()) return QT_IN_HANDLER;
    kernel::ThreadContext self = capi::caller();
    kernel::sleep_for(self, {ns});
    return QT_OK;
}

qt_status qt_sleep_until(uint64_t ns) {
    if (arch::in_handler()) return QT_IN_HANDLER;
    kernel::ThreadContext self = capi::caller();
    kernel::sleep_until(self, kernel::after({0}, {ns}));
    return QT_OK;
}

uint64_t qt_cycles(void) { return arch::counter(); }

uint64_t qt_now(void) { return kernel::between({0}, kernel::now()).ns; }

}  // extern "C"
