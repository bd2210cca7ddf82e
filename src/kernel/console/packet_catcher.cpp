// SPDX-License-Identifier: MIT

#include <kernel/console/packet_catcher.hpp>

namespace quartet::kernel {

namespace {

constexpr u8 ctrl_c = 3;
constexpr u32 most_pluses = 8;

}  // namespace

u8 packet_sum(std::string_view body) noexcept {
    u32 sum = 0;
    for (char c : body) sum += static_cast<u8>(c);
    return static_cast<u8>(sum);
}

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

PacketFrame::Event PacketFrame::feed(u8 byte) noexcept {
    const char c = static_cast<char>(byte);
    if (length_ == 0 && c != '$') return Event::None;
    if (length_ == max_packet) return Event::Bad;
    if (c == '$') {
        begin_ = length_;
        digits_ = 0;
    }
    bytes_[length_++] = c;
    if (digits_ == 2) {
        const int high = hex_value(bytes_[length_ - 2]);
        const int low = hex_value(c);
        return high >= 0 && low >= 0 && high * 16 + low == packet_sum(body()) ? Event::Whole : Event::Bad;
    }
    if (digits_ == 1 || c == '#') ++digits_;
    return length_ == max_packet ? Event::Bad : Event::None;
}

PacketCatcher::Event PacketCatcher::feed(u8 byte) noexcept {
    if (packet_) return Event::Held;  // whoever feeds stops at the packet: this does not come
    if (frame_.begun() || (at_start_ && byte == '$')) {
        switch (frame_.feed(byte)) {
            case PacketFrame::Event::None: return Event::Held;
            case PacketFrame::Event::Whole: packet_ = true; return Event::Packet;
            case PacketFrame::Event::Bad: return Event::GiveBack;
        }
    }
    // Of a debugger that runs the machine, who took text for packets.
    if (at_start_ && attached_ && (byte == '+' || byte == '-')) return Event::Held;
    if (at_start_ && byte == '+' && pluses_ < most_pluses) {
        ++pluses_;
        return Event::Held;
    }
    if (byte == ctrl_c && ((at_start_ && pluses_ == 0) || attached_)) return Event::Interrupt;
    // A line that was cancelled is at its start again.
    at_start_ = byte == '\r' || byte == '\n' || byte == ctrl_c;
    return pluses_ > 0 ? Event::PlusesFirst : Event::Line;
}

}  // namespace quartet::kernel
