// SPDX-License-Identifier: MIT
//
// GDB's remote protocol (its manual, appendix E), from the side of the machine that is debugged: packets in, packets out. What comes
// over the wire is the outside's, and nothing that it says can do more than what a debugger may.

#pragma once

#include <base/writer.hpp>
#include <debug/gdb/machine.hpp>
#include <debug/gdb/words.hpp>
#include <kernel/console/packet_catcher.hpp>

#include <string_view>
#include <utility>

namespace quartet::debug::gdb {

// Why the machine stands, in GDB's numbers of signals.
struct Stop {
    u8 signal = 5;  // SIGTRAP
    const kernel::Thread* thread = nullptr;
    uptr watched = 0;  // what a watchpoint saw touched
};

// How the machine goes on.
struct Resume {
    enum class How : u8 {
        Go,
        Step,  // `thread` alone, one instruction
        Deliver,  // with the signal: where it is a fault, that is reported
        Leave,  // the debugger is gone
        Reboot,
    };
    How how = How::Go;
    const kernel::Thread* thread = nullptr;
};

class Session {
public:
    // Whether there is a debugger, as far as we know.
    bool attached() const noexcept { return attached_; }

    // Answers packets until one lets the machine go on, or whoever is there is no debugger. `first`: the body of one that came already, without data where none did.
    // `tell`: the debugger waits for this stop.
    // Context: the cores held. Cost: as long as the debugger takes; where it does not answer, `patience_ms`.
    Resume talk(const Stop& stop, std::string_view first, bool tell) noexcept;

    // The same where a `$` came at the prompt of a machine that reported a fault, and cannot go on. What is no packet is dropped.
    Resume talk_after_fault(const Stop& stop) noexcept;

    // What was typed at a machine that stood, for the line, the first `typed_room` bytes of it. Once: then it is forgotten.
    std::string_view take_typed() noexcept { return {typed_, std::exchange(typed_length_, 0)}; }

    // How long somebody who pressed Ctrl-C has to turn out a debugger.
    static constexpr u32 patience_ms = 5000;
    // An answer that is not acknowledged is sent so often, so far apart; then the debugger is gone.
    static constexpr u32 most_tries = 4;
    static constexpr u32 acknowledge_ms = 1000;
    // A packet that stops in the middle is forgotten.
    static constexpr u32 half_packet_ms = 500;
    static constexpr usize typed_room = 128;

private:
    enum class Heard : u8 { Packet, Acknowledged, Refused, Person, Nothing };
    enum class Answer : u8 { Reply, GoOn, ReplyAndGoOn };

    void begin(const Stop& stop, bool can_run) noexcept;
    Resume serve() noexcept;
    Heard hear(u32 milliseconds) noexcept;
    void transmit() noexcept;
    bool send() noexcept;
    bool handle(std::string_view body) noexcept;
    Resume leave() noexcept;

    // commands.cpp
    Answer answer(Body body) noexcept;
    Answer answer_query(Body body) noexcept;
    Answer go_on(Body& body, char action) noexcept;
    Answer many_go_on(Body& body) noexcept;
    bool fits(char action, const kernel::Thread* thread) noexcept;
    void tell_stop() noexcept;
    void fail(u8 number) noexcept;
    void say(bool good) noexcept;
    const kernel::Thread* take_thread(Body& body, bool& any) noexcept;
    void read_registers(u32 begin, u32 end) noexcept;
    bool write_registers(Body& body, u32 begin, u32 end) noexcept;
    void read_memory(Body& body) noexcept;
    bool write_memory(Body& body) noexcept;
    bool change_point(Body& body, bool set) noexcept;
    void describe_target(Window& out) noexcept;
    void list_threads(Window& out) noexcept;

    bool attached_ = false;
    bool can_run_ = true;
    bool pending_ = false;  // `frame_` holds a packet that was not handled
    Stop stop_;
    Resume resume_;
    const kernel::Thread* chosen_ = nullptr;  // whose registers are asked for (Hg)
    const kernel::Thread* stepped_ = nullptr;  // whom `s` is about (Hc)
    kernel::PacketFrame frame_;
    kernel::ThreadFrame registers_;
    char room_[kernel::max_packet] = {};
    Writer reply_{room_};
    char typed_[typed_room] = {};
    usize typed_length_ = 0;
};

}  // namespace quartet::debug::gdb
