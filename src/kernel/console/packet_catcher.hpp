// SPDX-License-Identifier: MIT
//
// Between the serial port and the line: a debugger's packets and its Ctrl-C. It sees every byte that arrives and says whose it is. What
// turns out to be no packet is given back, in order: nobody's bytes are lost.

#pragma once

#include <base/types.hpp>

#include <string_view>

namespace quartet::kernel {

// The longest packet that is understood, `$` and `#xx` with it.
inline constexpr usize max_packet = 1024;

// The sum of a packet's body as its two last digits have it, modulo 256 (GDB's manual, E.1).
u8 packet_sum(std::string_view body) noexcept;
// -1: no hexadecimal digit.
int hex_value(char c) noexcept;

// One packet, byte by byte: `$`, a body, `#`, two digits. Bytes are the outside's: whatever comes, there is an end and a bound.
class PacketFrame {
public:
    enum class Event : u8 {
        None,
        Whole,  // `body` is it
        Bad,  // its sum is another one, or it is longer than max_packet
    };

    // Without a `$` before it nothing is kept. A `$` inside begins the packet anew: the sender did. After Whole and Bad comes `clear`.
    Event feed(u8 byte) noexcept;
    void clear() noexcept { length_ = begin_ = digits_ = 0; }
    bool begun() const noexcept { return length_ != 0; }
    // Valid from Whole to `clear`.
    std::string_view body() const noexcept { return {bytes_ + begin_ + 1, length_ - begin_ - 4}; }
    // All that was kept since the first `$`.
    std::string_view bytes() const noexcept { return {bytes_, length_}; }

private:
    char bytes_[max_packet] = {};
    usize length_ = 0;
    usize begin_ = 0;  // of the packet, among the bytes
    usize digits_ = 0;  // 1: behind `#`; 2: one digit came
};

class PacketCatcher {
public:
    enum class Event : u8 {
        Line,  // the byte is the line's
        Held,  // it may belong to a packet: kept
        GiveBack,  // all that was kept, with this byte, is none: see `give_back`
        PlusesFirst,  // `give_back`, and then the byte is the line's
        Packet,  // one is whole: `body` is it, until `forget`
        Interrupt,  // Ctrl-C, with nothing typed before it on its line, or anywhere while a debugger is there
    };

    Event feed(u8 byte) noexcept;
    // How many bytes are kept.
    usize held() const noexcept { return pluses_ + frame_.bytes().size(); }
    // A packet is whole, and nobody has taken it.
    bool packet() const noexcept { return packet_; }
    std::string_view body() const noexcept { return frame_.body(); }

    // Hands what is kept to `put`, byte by byte.
    template <typename Put>
    void give_back(Put put) noexcept {
        for (u32 n = 0; n < pluses_; ++n) put(u8{'+'});
        for (char c : frame_.bytes()) put(static_cast<u8>(c));
        // Of pluses alone the byte behind them says it, which is the line's already.
        const bool start = frame_.begun() ? frame_.bytes().back() == '\r' || frame_.bytes().back() == '\n' : at_start_;
        forget();
        at_start_ = start;
    }
    // What is kept is a debugger's.
    void forget() noexcept {
        frame_.clear();
        pluses_ = 0;
        packet_ = false;
    }
    // The line got something that did not come through here, and now is at its start or not.
    void set_at_start(bool start) noexcept { at_start_ = start; }
    // Whether a debugger is there: then Ctrl-C is its own wherever it comes, and `+` and `-` are at the start of a line: it may take
    // `$` in what the console prints for the begin of a packet, and refuse that.
    void set_attached(bool attached) noexcept { attached_ = attached; }

private:
    PacketFrame frame_;
    u32 pluses_ = 0;
    bool packet_ = false;
    bool at_start_ = true;
    bool attached_ = false;
};

}  // namespace quartet::kernel
