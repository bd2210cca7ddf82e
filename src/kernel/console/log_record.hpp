// SPDX-License-Identifier: MIT
//
// What a log call leaves behind: the format string by address, the arguments as words, text copied.
// Formatting is the reader's work, later and elsewhere.

#pragma once

#include <base/format.hpp>
#include <base/types.hpp>

#include <span>
#include <string_view>

namespace quartet::kernel {

class LogRecord {
public:
    static constexpr usize max_args = 8;
    // All text arguments of one record together; what exceeds it is cut off.
    static constexpr usize max_text = 152;

    constexpr LogRecord() = default;

    // `format` must live for ever, as FormatString's do; text arguments are copied.
    // Context: any. Cost: a few instructions a word, one loop round a byte of text.
    void fill(u64 time, u32 core, std::string_view format, std::span<const FormatArg> args) noexcept;

    // The message without time stamp. What cannot stand in a line (control bytes, rubbish from a device
    // tree) becomes '?', so that a record is always one line.
    void print(Writer& out) const noexcept;

    u64 time() const { return time_; }  // counts
    u32 core() const { return core_; }

private:
    u64 time_ = 0;
    const char* format_ = nullptr;
    u64 values_[max_args] = {};  // of text: where in text_ (low half), length (high half)
    u16 format_length_ = 0;
    u8 core_ = 0;
    u8 count_ = 0;
    ArgKind kinds_[max_args] = {};
    char text_[max_text] = {};
};

}  // namespace quartet::kernel
