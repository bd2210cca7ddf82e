// SPDX-License-Identifier: MIT
//
// The line being typed: bytes in, echo out, nothing else. It knows no device, no thread and no time.
//
// A plain character at the end of the line echoes as itself alone, so that a terminal and a script see what
// they sent. Everything else moves with backspaces and blanks and needs no terminal that knows sequences.

#pragma once

#include <base/types.hpp>
#include <base/writer.hpp>
#include <shell/history.hpp>
#include <shell/key_decoder.hpp>

#include <span>
#include <string_view>

namespace quartet::shell {

class LineEditor {
public:
    enum class Event : u8 {
        None,
        Entered,    // `line()` is whole
        TooLong,    // entered, but more than `max_line` bytes: there is no line
        Cancelled,  // ^C: there is no line
    };

    // `prompt` and `words` (what Tab completes the first word to) live as long as the editor.
    constexpr LineEditor(std::string_view prompt, std::span<const std::string_view> words)
        : prompt_(prompt), words_(words) {}
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;

    // Prints the prompt and begins an empty line. Once for each line.
    void begin(Writer& echo) noexcept;

    // Context: one flow. Cost: a redraw touches each byte behind the cursor; Tab looks at each word.
    Event feed(u8 byte, Writer& echo) noexcept;

    // Nothing came for a while: an escape sequence that was cut in half is over.
    void pause() noexcept { keys_.pause(); }
    bool inside_sequence() const { return keys_.inside_sequence(); }

    // Valid from Entered until the next `begin`.
    std::string_view line() const { return {text_, length_}; }
    // Whether there is anything on the line that a log line would tear apart.
    bool empty() const { return length_ == 0 && excess_ == 0; }

private:
    Event enter(Writer& echo) noexcept;
    void insert(char c, Writer& echo) noexcept;
    void erase(usize begin, usize end, Writer& echo) noexcept;
    void erase_backwards(Writer& echo) noexcept;
    void move_to(usize position, Writer& echo) noexcept;
    void replace(std::string_view line, Writer& echo) noexcept;
    void recall_older(Writer& echo) noexcept;
    void recall_newer(Writer& echo) noexcept;
    usize word_start() const noexcept;
    void complete(Writer& echo) noexcept;
    void list_matches(std::string_view typed, Writer& echo) noexcept;

    std::string_view prompt_;
    std::span<const std::string_view> words_;
    KeyDecoder keys_;
    History history_;
    char text_[max_line] = {};
    usize length_ = 0;
    usize cursor_ = 0;
    usize excess_ = 0;  // characters typed behind a full line: echoed, not stored
    usize recalled_ = 0;  // 0: the line is new, n: it came from history_.at(n - 1)
    char draft_[max_line] = {};  // the new line, while history is shown
    usize draft_length_ = 0;
};

}  // namespace quartet::shell
