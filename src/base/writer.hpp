// SPDX-License-Identifier: MIT
//
// Where formatted text goes: a stretch of memory, and, for those who have more to say than fits,
// a place that takes what has gathered. Formatting itself never allocates, blocks or fails.

#pragma once

#include <base/types.hpp>

#include <span>
#include <string_view>

namespace quartet {

// Context: any. Cost: one copy a byte.
//
// Without a drain, text past the end of the room is cut off: `text()` is what fitted, `wanted()` says how
// long the whole would have been. There is no terminator.
// With a drain, a full room is handed to it and used again; `flush` hands over the rest.
class Writer {
public:
    using Drain = void (*)(void* context, std::string_view text);

    constexpr explicit Writer(std::span<char> room) : begin_(room.data()), size_(room.size()) {}
    constexpr Writer(std::span<char> room, Drain drain, void* context)
        : begin_(room.data()), size_(room.size()), drain_(drain), context_(context) {}
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void put(char c) noexcept;
    void put(std::string_view text) noexcept;
    void put(const char* text) noexcept { put(std::string_view{text}); }  // for callers that are built for size
    void repeat(char c, usize count) noexcept;
    void flush() noexcept;

    std::string_view text() const { return {begin_, used_}; }
    usize wanted() const { return wanted_; }
    bool truncated() const { return drain_ == nullptr && wanted_ > used_; }
    bool empty() const { return used_ == 0; }
    void clear() noexcept { used_ = wanted_ = 0; }

private:
    char* begin_;
    usize size_;
    usize used_ = 0;
    usize wanted_ = 0;
    Drain drain_ = nullptr;
    void* context_ = nullptr;
};

}  // namespace quartet
