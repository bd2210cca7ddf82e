// SPDX-License-Identifier: MIT
//
// A list of at most N values in place: for tables whose bound is known and that exist before there is
// an allocator. Adding to a full list is refused, never lost in silence: `push` says so.

#pragma once

#include <base/assert.hpp>
#include <base/types.hpp>

#include <array>
#include <type_traits>

namespace quartet {

template <typename T, u32 N>
class FixedVector {
    static_assert(std::is_default_constructible_v<T> && std::is_trivially_copyable_v<T>);

public:
    static constexpr u32 capacity() { return N; }
    constexpr u32 size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr bool full() const { return size_ == N; }

    // False, and nothing changed, if the list is full.
    [[nodiscard]] constexpr bool push(const T& value) {
        if (full()) return false;
        values_[size_++] = value;
        return true;
    }
    // Before the element at `index` (at most size()). False if the list is full.
    [[nodiscard]] constexpr bool insert(u32 index, const T& value) {
        if (full()) return false;
        debug_check(index <= size_, "an element is inserted inside the list or at its end");
        for (u32 at = size_; at > index; --at) values_[at] = values_[at - 1];
        values_[index] = value;
        ++size_;
        return true;
    }
    constexpr void erase(u32 index) {
        debug_check(index < size_, "an element that is erased is in the list");
        for (u32 at = index; at + 1 < size_; ++at) values_[at] = values_[at + 1];
        --size_;
    }
    constexpr void clear() { size_ = 0; }

    constexpr T& operator[](u32 index) {
        debug_check(index < size_, "an index is below the list's size");
        return values_[index];
    }
    constexpr const T& operator[](u32 index) const {
        debug_check(index < size_, "an index is below the list's size");
        return values_[index];
    }
    constexpr T* begin() { return values_.data(); }
    constexpr T* end() { return values_.data() + size_; }
    constexpr const T* begin() const { return values_.data(); }
    constexpr const T* end() const { return values_.data() + size_; }

private:
    std::array<T, N> values_{};
    u32 size_ = 0;
};

}  // namespace quartet
