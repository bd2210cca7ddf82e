// SPDX-License-Identifier: MIT
//
// Where commands print: whole lines, or a line put together piece by piece.

#pragma once

#include <base/format.hpp>
#include <base/writer.hpp>

namespace quartet::shell {

// Context: one thread. What `drain` is given ends in '\n' or is the beginning of a line longer than the room.
class Output {
public:
    Output(Writer::Drain drain, void* context) : writer_(room_, drain, context) {}

    // One line.
    template <typename... Args>
    void line(FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
        const auto list = format_list(args...);
        put_line(text.text(), list);
    }

    // A line in pieces: any number of these, then `end_line`.
    template <typename... Args>
    void part(FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
        format(writer_, text, args...);
    }
    void end_line() {
        writer_.put('\n');
        writer_.flush();
    }

    // For what writes whole lines itself.
    Writer& writer() { return writer_; }

private:
    void put_line(std::string_view text, std::span<const FormatArg> args) {
        format_args(writer_, text, args);
        end_line();
    }

    char room_[256];
    Writer writer_;
};

}  // namespace quartet::shell
