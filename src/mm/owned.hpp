// SPDX-License-Identifier: MIT
//
// One owner of one object of the heap. `make<T>(…)` is how the kernel creates things: it cannot be
// forgotten to look whether there was memory.
//
//     auto log = TRY(mm::make<Log>(size));     // Owned<Log>, or NoMemory to the caller
//     mm::Owned<Sink> sink = std::move(log);   // Log derives from Sink, which has a virtual destructor

#pragma once

#include <base/result.hpp>
#include <mm/heap.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace quartet::mm {

// Whether the object may be larger than a T and lie around it: then its destructor knows its size and place.
template <typename T>
inline constexpr bool may_be_derived = std::has_virtual_destructor_v<T> && !std::is_final_v<T>;

// Whether an owner of a T frees a U rightly: it is the same type, or one whose destructor is found through T's.
template <typename U, typename T>
concept FreedAs =
    std::is_convertible_v<U*, T*> && (std::is_same_v<std::remove_cv_t<U>, std::remove_cv_t<T>> || may_be_derived<T>);

template <typename T>
class [[nodiscard]] Owned {
    static_assert(!std::is_array_v<T>, "an array knows its count: OwnedArray<T>");

public:
    constexpr Owned() = default;
    // Takes over what `make` or `release` gave, and nothing else.
    constexpr explicit Owned(T* object) noexcept : object_(object) {}
    Owned(Owned&& other) noexcept : object_(other.release()) {}
    template <FreedAs<T> U>
    Owned(Owned<U>&& other) noexcept : object_(other.release()) {}
    Owned& operator=(Owned&& other) noexcept {
        if (this != &other) {
            destroy();
            object_ = other.release();
        }
        return *this;
    }
    ~Owned() { destroy(); }

    // Context: any. Null where it owns nothing: before `make`, after a move, `release` or `reset`.
    T* get() const noexcept { return object_; }
    T* operator->() const noexcept { return object_; }
    T& operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    // The caller owns it from now on, until another owner takes it over. Context: any.
    [[nodiscard]] T* release() noexcept { return std::exchange(object_, nullptr); }
    // Destroys and frees the object. Context: thread or boot, on whatever core. Cost: the destructor, and 18
    // instructions where the core's magazine has room.
    void reset() noexcept {
        destroy();
        object_ = nullptr;
    }

private:
    void destroy() noexcept {
        if (object_ == nullptr) return;
        if constexpr (may_be_derived<T>) {
            // The deleting destructor: it belongs to what the object really is, so it passes that one's beginning, size and
            // alignment to operator delete.
            delete object_;
        } else {
            object_->~T();
            kernel_heap.free_sized(const_cast<std::remove_cv_t<T>*>(object_), sizeof(T), alignof(T));
        }
    }

    T* object_ = nullptr;
};

// A T made with `args`, aligned as it has to be. Where there is no memory nothing is constructed.
// Context: thread or boot. Errors: NoMemory. Cost: the constructor, and 11 instructions where the core's magazine has
// room for one. A class with an operator new of its own is for `new`, not for this.
template <typename T, typename... Args>
Result<Owned<T>> make(Args&&... args) noexcept {
    void* memory = TRY(kernel_heap.allocate(sizeof(T), alignof(T)));
    return Owned<T>{std::construct_at(static_cast<T*>(memory), std::forward<Args>(args)...)};
}

}  // namespace quartet::mm
