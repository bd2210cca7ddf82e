// SPDX-License-Identifier: MIT
//
// The order of a conversation: what is heard, acknowledged and said again.

#include <debug/gdb/session.hpp>

namespace quartet::debug::gdb {

using kernel::PacketFrame;

// What the wire brings next; 0: whenever that is. Outside of packets a debugger sends acknowledgements and Ctrl-C, which a
// machine that stands has obeyed; a line end is a person's.
Session::Heard Session::hear(u32 milliseconds) noexcept {
    const u64 begin = machine::now();
    u64 last = begin;
    for (;;) {
        // Looked at with each byte: what floods the line leaves no gap.
        if (milliseconds != 0 && machine::passed(begin, milliseconds)) return Heard::Nothing;
        const machine::Byte byte = machine::receive();
        if (!byte.there) {
            if (frame_.begun() && machine::passed(last, half_packet_ms)) frame_.clear();
            continue;
        }
        last = machine::now();
        const bool inside = frame_.begun();
        // What came before is nobody's, and no part of the longest packet.
        if (byte.value == '$') frame_.clear();
        switch (frame_.feed(byte.value)) {
            case PacketFrame::Event::Whole: return Heard::Packet;
            case PacketFrame::Event::Bad:
                frame_.clear();
                machine::send('-');
                continue;
            case PacketFrame::Event::None: break;
        }
        if (inside || frame_.begun()) continue;
        if (byte.value == '+') return Heard::Acknowledged;
        if (byte.value == '-') return Heard::Refused;
        if (byte.value == 3) continue;
        if (typed_length_ < typed_room) typed_[typed_length_++] = static_cast<char>(byte.value);
        if (byte.value == '\r' || byte.value == '\n') return Heard::Person;
    }
}

void Session::transmit() noexcept {
    machine::send('$');
    for (char c : reply_.text()) machine::send(static_cast<u8>(c));
    const u32 sum = kernel::packet_sum(reply_.text());
    for (char c : {'#', hex_digit(sum >> 4), hex_digit(sum)}) machine::send(static_cast<u8>(c));
}

// No: nobody acknowledges it. A packet that comes instead is as good.
// One that is refused is there; but whoever refuses without end is noise.
bool Session::send() noexcept {
    const u64 begin = machine::now();
    for (u32 silent = 0; silent < most_tries && !machine::passed(begin, most_tries * acknowledge_ms);) {
        transmit();
        switch (hear(acknowledge_ms)) {
            case Heard::Packet: pending_ = true; return true;
            case Heard::Acknowledged: return true;
            case Heard::Person: return false;
            case Heard::Refused: break;
            case Heard::Nothing: ++silent; break;
        }
    }
    return false;
}

Resume Session::leave() noexcept {
    attached_ = false;
    machine::clear_all_points();
    return {Resume::How::Leave, nullptr};
}

// True: the machine goes on, as `resume_` says.
bool Session::handle(std::string_view body) noexcept {
    machine::send('+');
    attached_ = true;
    reply_.clear();
    const Answer answered = answer(Body{body});
    frame_.clear();
    // Who asked to leave, or for a reset, may be gone before it acknowledges that.
    if (answered != Answer::GoOn && !send() && answered == Answer::Reply) {
        resume_ = leave();
        return true;
    }
    return answered != Answer::Reply;
}

void Session::begin(const Stop& stop, bool can_run) noexcept {
    stop_ = stop;
    can_run_ = can_run;
    chosen_ = stepped_ = stop.thread;
    pending_ = false;
    frame_.clear();
}

Resume Session::serve() noexcept {
    for (;;) {
        const Heard heard = pending_ ? Heard::Packet : hear(attached_ ? 0 : patience_ms);
        pending_ = false;
        switch (heard) {
            case Heard::Packet:
                if (handle(frame_.body())) return resume_;
                break;
            case Heard::Refused: transmit(); break;
            case Heard::Acknowledged: break;
            case Heard::Person:
            case Heard::Nothing: return leave();
        }
    }
}

Resume Session::talk(const Stop& stop, std::string_view first, bool tell) noexcept {
    begin(stop, true);
    if (tell) {
        reply_.clear();
        tell_stop();
        if (!send()) return leave();
    }
    if (first.data() != nullptr && handle(first)) return resume_;
    return serve();
}

Resume Session::talk_after_fault(const Stop& stop) noexcept {
    begin(stop, false);
    static_cast<void>(frame_.feed('$'));
    pending_ = hear(half_packet_ms) == Heard::Packet;
    return pending_ ? serve() : leave();
}

}  // namespace quartet::debug::gdb
