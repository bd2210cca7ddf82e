// SPDX-License-Identifier: MIT

#include <shell/line_editor.hpp>

namespace quartet::shell {

void LineEditor::begin(Writer& echo) noexcept {
    length_ = cursor_ = excess_ = recalled_ = draft_length_ = 0;
    echo.put(prompt_);
}

LineEditor::Event LineEditor::feed(u8 byte, Writer& echo) noexcept {
    Key key = keys_.feed(byte);
    if (excess_ > 0) {
        // The screen shows what is not stored: only what shortens or ends the line has a meaning.
        switch (key.kind) {
            case Key::Kind::Plain:
            case Key::Kind::Enter:
            case Key::Kind::Backspace:
            case Key::Kind::KillToStart:
            case Key::Kind::Cancel: break;
            default: return Event::None;
        }
    }
    switch (key.kind) {
        case Key::Kind::None: break;
        case Key::Kind::Plain: insert(key.character, echo); break;
        case Key::Kind::Enter: return enter(echo);
        case Key::Kind::Backspace: erase_backwards(echo); break;
        case Key::Kind::Delete:
            if (cursor_ < length_) erase(cursor_, cursor_ + 1, echo);
            break;
        case Key::Kind::Left:
            if (cursor_ > 0) move_to(cursor_ - 1, echo);
            break;
        case Key::Kind::Right:
            if (cursor_ < length_) move_to(cursor_ + 1, echo);
            break;
        case Key::Kind::Home: move_to(0, echo); break;
        case Key::Kind::End: move_to(length_, echo); break;
        case Key::Kind::Up: recall_older(echo); break;
        case Key::Kind::Down: recall_newer(echo); break;
        case Key::Kind::KillToEnd: erase(cursor_, length_, echo); break;
        case Key::Kind::KillToStart:
            for (; excess_ > 0; --excess_) echo.put("\b \b");
            erase(0, cursor_, echo);
            break;
        case Key::Kind::KillWord: erase(word_start(), cursor_, echo); break;
        case Key::Kind::Tab: complete(echo); break;
        case Key::Kind::Cancel: echo.put("^C\r\n"); return Event::Cancelled;
    }
    return Event::None;
}

LineEditor::Event LineEditor::enter(Writer& echo) noexcept {
    echo.put("\r\n");
    if (excess_ > 0) return Event::TooLong;
    history_.add(line());
    return Event::Entered;
}

void LineEditor::insert(char c, Writer& echo) noexcept {
    if (length_ == max_line) {
        if (cursor_ < length_) {
            echo.put('\a');  // in the middle of a full line: refused, the line stays as it is
            return;
        }
        ++excess_;
        echo.put(c);
        return;
    }
    for (usize at = length_; at > cursor_; --at) text_[at] = text_[at - 1];
    text_[cursor_++] = c;
    ++length_;
    echo.put(c);
    if (cursor_ == length_) return;
    echo.put(line().substr(cursor_));
    echo.repeat('\b', length_ - cursor_);
}

// Removes [begin, end); the cursor ends up at `begin`.
void LineEditor::erase(usize begin, usize end, Writer& echo) noexcept {
    if (begin == end) return;
    usize removed = end - begin;
    move_to(begin, echo);
    for (usize at = end; at < length_; ++at) text_[at - removed] = text_[at];
    length_ -= removed;
    echo.put(line().substr(begin));
    echo.repeat(' ', removed);
    echo.repeat('\b', removed + length_ - begin);
}

void LineEditor::erase_backwards(Writer& echo) noexcept {
    if (excess_ > 0) {
        --excess_;
        echo.put("\b \b");
    } else if (cursor_ > 0) {
        erase(cursor_ - 1, cursor_, echo);
    }
}

void LineEditor::move_to(usize position, Writer& echo) noexcept {
    if (position < cursor_) echo.repeat('\b', cursor_ - position);
    else echo.put(line().substr(cursor_, position - cursor_));
    cursor_ = position;
}

void LineEditor::replace(std::string_view with, Writer& echo) noexcept {
    usize old = length_;
    move_to(0, echo);
    with.copy(text_, with.size());
    length_ = cursor_ = with.size();
    echo.put(line());
    if (old <= length_) return;
    echo.repeat(' ', old - length_);
    echo.repeat('\b', old - length_);
}

void LineEditor::recall_older(Writer& echo) noexcept {
    if (recalled_ == history_.size()) return;
    if (recalled_ == 0) {
        line().copy(draft_, length_);
        draft_length_ = length_;
    }
    replace(history_.at(recalled_++), echo);
}

void LineEditor::recall_newer(Writer& echo) noexcept {
    if (recalled_ == 0) return;
    --recalled_;
    replace(recalled_ == 0 ? std::string_view{draft_, draft_length_} : history_.at(recalled_ - 1), echo);
}

// Where the word before the cursor begins.
usize LineEditor::word_start() const noexcept {
    usize at = cursor_;
    while (at > 0 && text_[at - 1] == ' ') --at;
    while (at > 0 && text_[at - 1] != ' ') --at;
    return at;
}

void LineEditor::complete(Writer& echo) noexcept {
    std::string_view typed = line().substr(0, cursor_);
    if (cursor_ != length_ || typed.find(' ') != std::string_view::npos) return;  // the first word alone
    std::string_view common;
    u32 matches = 0;
    for (std::string_view word : words_) {
        if (!word.starts_with(typed)) continue;
        if (matches++ == 0) common = word;
        usize same = 0;
        while (same < common.size() && same < word.size() && common[same] == word[same]) ++same;
        common = common.substr(0, same);
    }
    if (matches == 0) return;
    if (matches > 1 && common.size() == typed.size()) {
        list_matches(typed, echo);
        return;
    }
    for (char c : common.substr(typed.size())) insert(c, echo);
    if (matches == 1) insert(' ', echo);
}

// The words that `typed` may become, on lines of their own, and the line again below them.
void LineEditor::list_matches(std::string_view typed, Writer& echo) noexcept {
    constexpr usize screen = 80;
    usize column = 0;
    echo.put("\r\n");
    for (std::string_view word : words_) {
        if (!word.starts_with(typed)) continue;
        if (column + word.size() + 1 > screen) {
            echo.put("\r\n");
            column = 0;
        }
        echo.put(word);
        echo.put(' ');
        column += word.size() + 1;
    }
    echo.put("\r\n");
    echo.put(prompt_);
    echo.put(line());
}

}  // namespace quartet::shell
