// SPDX-License-Identifier: MIT
//
// Physical addresses and ranges as types of their own: a physical address cannot be followed by
// accident, because no pointer comes out of it here. Virtual addresses are pointers, or `uptr`
// where they are arithmetic.

#pragma once

#include <base/types.hpp>

#include <compare>

namespace quartet {

class PhysAddr {
public:
    constexpr PhysAddr() = default;
    constexpr explicit PhysAddr(u64 value) : value_(value) {}

    constexpr u64 value() const { return value_; }
    constexpr PhysAddr operator+(u64 bytes) const { return PhysAddr{value_ + bytes}; }
    constexpr PhysAddr operator-(u64 bytes) const { return PhysAddr{value_ - bytes}; }
    constexpr u64 operator-(PhysAddr other) const { return value_ - other.value_; }
    constexpr auto operator<=>(const PhysAddr&) const = default;

private:
    u64 value_ = 0;
};

// Half-open: `end` is the first address that does not belong to it.
struct PhysRange {
    PhysAddr begin;
    PhysAddr end;

    constexpr u64 size() const { return end - begin; }
    constexpr bool empty() const { return begin >= end; }
    constexpr bool contains(PhysAddr address) const { return begin <= address && address < end; }
    constexpr bool contains(const PhysRange& other) const { return begin <= other.begin && other.end <= end; }
    constexpr bool overlaps(const PhysRange& other) const { return begin < other.end && other.begin < end; }
    constexpr bool operator==(const PhysRange&) const = default;
};

}  // namespace quartet
