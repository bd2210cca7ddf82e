// SPDX-License-Identifier: MIT
//
// Bytes from a terminal to keys. Cursor keys come as sequences (ECMA-48, 5.4: CSI is ESC [, parameters,
// one final byte; SS3 is ESC O and one byte), which a line may cut in half anywhere.

#pragma once

#include <base/types.hpp>

namespace quartet::shell {

struct Key {
    enum class Kind : u8 {
        None,  // nothing yet, or nothing that means anything
        Plain, // `character`, 0x20-0x7e
        Enter,
        Backspace,
        Delete,
        Left,
        Right,
        Home,
        End,
        Up,
        Down,
        KillToEnd,
        KillToStart,
        KillWord,
        Tab,
        Cancel,
    };
    Kind kind = Kind::None;
    char character = 0;
};

// NUL, bytes from 0x80 on and unknown control bytes are dropped. A control byte inside a sequence ends the
// sequence and means what it always means; so does a sequence of absurd length.
class KeyDecoder {
public:
    // Enter comes as CR, LF or CR LF: the LF directly behind a CR is dropped.
    Key feed(u8 byte) noexcept;

    // Nothing came for a while: a sequence that was begun will not be completed.
    void pause() noexcept { state_ = State::Ground; }
    bool inside_sequence() const { return state_ != State::Ground; }

private:
    enum class State : u8 { Ground, Escape, Csi, Ss3 };

    Key control(u8 byte) noexcept;
    Key finish(u8 final) noexcept;

    State state_ = State::Ground;
    bool after_return_ = false;
    u8 parameter_ = 0;  // the first one of a CSI, kept under 100
    bool first_parameter_ = true;
    u8 length_ = 0;
};

}  // namespace quartet::shell
