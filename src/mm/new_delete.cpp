// SPDX-License-Identifier: MIT
//
// The language's own allocation functions, for library containers and applications. The kernel itself
// uses make<T>() and the nothrow forms. A plain form cannot say that there is no memory, so it stops.

#include <base/assert.hpp>
#include <mm/heap.hpp>
#include <mm/memory_fault.hpp>

#include <new>

namespace {

using namespace quartet;

void* or_null(usize size, usize align) noexcept {
    auto memory = mm::kernel_heap.allocate(size, align);
    return memory ? *memory : nullptr;
}

void* or_stop(usize size, usize align) {
    auto memory = mm::kernel_heap.allocate(size, align);
    if (!memory) [[unlikely]]
        mm::memory_fault("out of memory: new of {} bytes", size);
    return *memory;
}

constexpr usize number(std::align_val_t align) { return static_cast<usize>(align); }

}  // namespace

namespace std {

// Declared by <new>; the freestanding library does not define it.
const nothrow_t nothrow{};

}  // namespace std

void* operator new(usize size) { return or_stop(size, mm::heap_align); }
void* operator new[](usize size) { return or_stop(size, mm::heap_align); }
void* operator new(usize size, std::align_val_t align) { return or_stop(size, number(align)); }
void* operator new[](usize size, std::align_val_t align) { return or_stop(size, number(align)); }
void* operator new(usize size, const std::nothrow_t&) noexcept { return or_null(size, mm::heap_align); }
void* operator new[](usize size, const std::nothrow_t&) noexcept { return or_null(size, mm::heap_align); }
void* operator new(usize size, std::align_val_t align, const std::nothrow_t&) noexcept {
    return or_null(size, number(align));
}
void* operator new[](usize size, std::align_val_t align, const std::nothrow_t&) noexcept {
    return or_null(size, number(align));
}

void operator delete(void* memory) noexcept { mm::kernel_heap.free(memory); }
void operator delete[](void* memory) noexcept { mm::kernel_heap.free(memory); }
void operator delete(void* memory, usize size) noexcept { mm::kernel_heap.free_sized(memory, size); }
void operator delete[](void* memory, usize size) noexcept { mm::kernel_heap.free_sized(memory, size); }
void operator delete(void* memory, std::align_val_t) noexcept { mm::kernel_heap.free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { mm::kernel_heap.free(memory); }
void operator delete(void* memory, usize size, std::align_val_t align) noexcept {
    mm::kernel_heap.free_sized(memory, size, number(align));
}
void operator delete[](void* memory, usize size, std::align_val_t align) noexcept {
    mm::kernel_heap.free_sized(memory, size, number(align));
}
void operator delete(void* memory, const std::nothrow_t&) noexcept { mm::kernel_heap.free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { mm::kernel_heap.free(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { mm::kernel_heap.free(memory); }
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept { mm::kernel_heap.free(memory); }
