// SPDX-License-Identifier: MIT

#include <shell/key_decoder.hpp>

namespace quartet::shell {
namespace {

constexpr u8 escape = 0x1b;
constexpr u8 longest_sequence = 16;

constexpr u8 ctrl(char letter) { return static_cast<u8>(letter - '@'); }

}  // namespace

Key KeyDecoder::feed(u8 byte) noexcept {
    bool was_return = after_return_;
    after_return_ = byte == '\r';
    if (byte == '\n' && was_return) return {};
    if (byte == escape) {
        state_ = State::Escape;
        return {};
    }
    if (byte < ' ' || byte >= 0x7f) {
        if (byte < 0x80) state_ = State::Ground;
        return control(byte);
    }
    switch (state_) {
        case State::Ground: break;
        case State::Escape:
            // Anything else behind ESC is the next key, not part of a sequence that we know.
            state_ = byte == '[' ? State::Csi : byte == 'O' ? State::Ss3 : State::Ground;
            parameter_ = 0;
            first_parameter_ = true;
            length_ = 0;
            if (state_ != State::Ground) return {};
            break;
        case State::Csi:
            if (++length_ > longest_sequence) {
                state_ = State::Ground;
                break;
            }
            if (byte >= 0x40) return finish(byte);
            if (byte == ';') first_parameter_ = false;
            else if (first_parameter_ && byte >= '0' && byte <= '9' && parameter_ < 10)
                parameter_ = static_cast<u8>(parameter_ * 10 + (byte - '0'));
            return {};
        case State::Ss3: return finish(byte);
    }
    return {Key::Kind::Plain, static_cast<char>(byte)};
}

Key KeyDecoder::control(u8 byte) noexcept {
    switch (byte) {
        case '\r':
        case '\n': return {Key::Kind::Enter};
        case 0x7f:
        case ctrl('H'): return {Key::Kind::Backspace};
        case ctrl('D'): return {Key::Kind::Delete};
        case ctrl('B'): return {Key::Kind::Left};
        case ctrl('F'): return {Key::Kind::Right};
        case ctrl('A'): return {Key::Kind::Home};
        case ctrl('E'): return {Key::Kind::End};
        case ctrl('P'): return {Key::Kind::Up};
        case ctrl('N'): return {Key::Kind::Down};
        case ctrl('K'): return {Key::Kind::KillToEnd};
        case ctrl('U'): return {Key::Kind::KillToStart};
        case ctrl('W'): return {Key::Kind::KillWord};
        case ctrl('I'): return {Key::Kind::Tab};
        case ctrl('C'): return {Key::Kind::Cancel};
        default: return {};
    }
}

Key KeyDecoder::finish(u8 final) noexcept {
    state_ = State::Ground;
    switch (final) {
        case 'A': return {Key::Kind::Up};
        case 'B': return {Key::Kind::Down};
        case 'C': return {Key::Kind::Right};
        case 'D': return {Key::Kind::Left};
        case 'H': return {Key::Kind::Home};
        case 'F': return {Key::Kind::End};
        case '~':
            switch (parameter_) {
                case 1:
                case 7: return {Key::Kind::Home};
                case 4:
                case 8: return {Key::Kind::End};
                case 3: return {Key::Kind::Delete};
                default: return {};
            }
        default: return {};
    }
}

}  // namespace quartet::shell
