// SPDX-License-Identifier: MIT
//
// One owner of some objects of one type in a row, whose number is known when they are made.
//
//     auto samples = TRY(mm::make_array<Sample>(count));
//     for (Sample& sample : samples) …

#pragma once

#include <base/assert.hpp>
#include <base/result.hpp>
#include <mm/heap.hpp>

#include <memory>
#include <span>
#include <utility>

namespace quartet::mm {

template <typename T>
class OwnedArray;
template <typename T>
Result<OwnedArray<T>> make_array(usize count) noexcept;

template <typename T>
class [[nodiscard]] OwnedArray {
public:
    constexpr OwnedArray() = default;
    OwnedArray(OwnedArray&& other) noexcept
        : first_(std::exchange(other.first_, nullptr)), count_(std::exchange(other.count_, 0)) {}
    OwnedArray& operator=(OwnedArray&& other) noexcept {
        if (this != &other) {
            reset();
            first_ = std::exchange(other.first_, nullptr);
            count_ = std::exchange(other.count_, 0);
        }
        return *this;
    }
    ~OwnedArray() { reset(); }

    usize size() const noexcept { return count_; }
    bool empty() const noexcept { return count_ == 0; }
    T* data() const noexcept { return first_; }
    T* begin() const noexcept { return first_; }
    T* end() const noexcept { return first_ + count_; }
    // Not noexcept: the host's check throws.
    T& operator[](usize index) const {
        debug_check(index < count_, "an index of an array is below its size");
        return first_[index];
    }
    std::span<T> span() const noexcept { return {first_, count_}; }

    // Destroys the elements, the last one first, and frees their memory. Context: thread or boot, on whatever core.
    void reset() noexcept {
        if (first_ == nullptr) return;
        for (usize n = count_; n > 0; --n) first_[n - 1].~T();
        kernel_heap.free_sized(first_, count_ * sizeof(T), alignof(T));
        first_ = nullptr;
        count_ = 0;
    }

private:
    friend Result<OwnedArray<T>> make_array<T>(usize count) noexcept;
    OwnedArray(T* first, usize count) noexcept : first_(first), count_(count) {}

    T* first_ = nullptr;
    usize count_ = 0;
};

// `count` elements, each made as by `T()`: numbers are 0. None is an empty array, which has no memory.
// Context: thread or boot. Errors: Invalid (their size is no number), NoMemory. Cost: the constructors, and an
// allocation of a size that is known only now: 30 instructions and more, a buddy block above 2 KiB.
template <typename T>
Result<OwnedArray<T>> make_array(usize count) noexcept {
    usize bytes = 0;
    if (__builtin_mul_overflow(count, sizeof(T), &bytes)) return fail(Error::Invalid);
    if (count == 0) return OwnedArray<T>{};
    auto* first = static_cast<T*>(TRY(kernel_heap.allocate(bytes, alignof(T))));
    for (usize n = 0; n < count; ++n) std::construct_at(first + n);
    return OwnedArray<T>{first, count};
}

}  // namespace quartet::mm
