// SPDX-License-Identifier: MIT
//
// One owner of one object of the heap. `make<T>(…)` is how the kernel creates things: it cannot be
// forgotten to look whether there was memory.

#pragma once

#include <base/result.hpp>
#include <mm/heap.hpp>

#include <memory>
#include <utility>

namespace quartet::mm {

template <typename T>
class [[nodiscard]] Owned {
public:
    constexpr Owned() = default;
    // Takes over what `make` or `release` gave.
    constexpr explicit Owned(T* object) noexcept : object_(object) {}
    Owned(Owned&& other) noexcept : object_(other.release()) {}
    Owned& operator=(Owned&& other) noexcept {
        if (this != &other) {
            destroy();
            object_ = other.release();
        }
        return *this;
    }
    ~Owned() { destroy(); }

    T* get() const noexcept { return object_; }
    T* operator->() const noexcept { return object_; }
    T& operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    // The caller owns it from now on.
    [[nodiscard]] T* release() noexcept { return std::exchange(object_, nullptr); }

private:
    void destroy() {
        if (object_ == nullptr) return;
        object_->~T();
        // The size is T's own: an Owned<Base> of a Derived would free a wrong one, so there is no such conversion.
        kernel_heap.free_sized(object_, sizeof(T), alignof(T));
    }

    T* object_ = nullptr;
};

// Context: thread or boot. Errors: NoMemory.
template <typename T, typename... Args>
Result<Owned<T>> make(Args&&... args) {
    void* memory = TRY(kernel_heap.allocate(sizeof(T), alignof(T)));
    return Owned<T>{std::construct_at(static_cast<T*>(memory), std::forward<Args>(args)...)};
}

}  // namespace quartet::mm
