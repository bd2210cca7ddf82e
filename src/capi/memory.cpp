// SPDX-License-Identifier: MIT

#include <capi/calls.hpp>

using namespace quartet;

extern "C" {

void* qt_malloc(size_t size) {
    if (arch::in_handler()) return nullptr;
    return mm::kernel_heap.allocate(size).value_or(nullptr);
}

void qt_free(void* memory) {
    check(!arch::in_handler(), "a handler must not free memory");
    mm::kernel_heap.free(memory);
}

}  // extern "C"
