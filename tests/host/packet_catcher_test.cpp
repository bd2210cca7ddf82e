// SPDX-License-Identifier: MIT
//
// Whose the bytes are that arrive at the console: a debugger's or the line's. None is lost, and none comes out of order.

#include <doctest/doctest.h>
#include <kernel/console/packet_catcher.hpp>

#include <string>

using namespace quartet;
using kernel::PacketCatcher;
using Event = PacketCatcher::Event;

namespace {

struct Wire {
    PacketCatcher catcher;
    std::string line;
    std::string events;  // P: packet, ^: Ctrl-C

    void give_back() {
        catcher.give_back([this](u8 byte) { line += static_cast<char>(byte); });
    }
    Wire& hear(std::string_view bytes) {
        for (char c : bytes) {
            const u8 byte = static_cast<u8>(c);
            switch (catcher.feed(byte)) {
                case Event::Line: line += c; break;
                case Event::Held: break;
                case Event::GiveBack: give_back(); break;
                case Event::PlusesFirst:
                    give_back();
                    line += c;
                    break;
                case Event::Packet:
                    events += 'P';
                    events += catcher.body();
                    catcher.forget();
                    break;
                case Event::Interrupt: events += '^'; break;
            }
        }
        return *this;
    }
};

}  // namespace

TEST_CASE("GDB01 a packet at the start of a line is a debugger's, with the pluses before it") {
    CHECK(Wire{}.hear("$?#3f").events == "P?");
    CHECK(Wire{}.hear("+$?#3f").events == "P?");
    CHECK(Wire{}.hear("+$?#3F").line == "");
    Wire wire;
    wire.hear("echo a\r+$?#3fecho b\r");
    CHECK(wire.line == "echo a\recho b\r");
    CHECK(wire.events == "P?");
    CHECK(Wire{}.hear("\n$#00").events == "P");
}

TEST_CASE("GDB01 an attached debugger's refusals are not typed, but behind something typed they are") {
    Wire wire;
    wire.catcher.set_attached(true);
    wire.hear("-+-echo a-b+c\r---+$?#3f");
    CHECK(wire.line == "echo a-b+c\r");
    CHECK(wire.events == "P?");
    wire.catcher.set_attached(false);
    CHECK(wire.hear("-a\r").line == "echo a-b+c\r-a\r");
}

TEST_CASE("GDB01 what is typed is the line's, whatever is in it") {
    for (const char* typed : {"echo $?#3f\r", "+1\r", "a+$?#3f\r", "++\r", "+\r+\r", "\x7f\r", "x\x03\r"}) {
        Wire wire;
        wire.hear(typed);
        CHECK(wire.line == typed);
        CHECK(wire.events == "");
        CHECK(wire.catcher.held() == 0);
    }
}

TEST_CASE("GDB01 a packet with a wrong sum is the line's, whole and in order") {
    for (const char* bad : {"$?#00", "+$?#zz", "++$abc#1", "$a$b", "$"}) {
        Wire wire;
        wire.hear(bad);
        wire.give_back();
        CHECK(wire.line == bad);
        CHECK(wire.events == "");
    }
    Wire wire;
    wire.hear("$?#00ls\r$?#3f");
    CHECK(wire.line == "$?#00ls\r");
    CHECK(wire.events == "P?");
}

TEST_CASE("GDB01 a packet that is begun anew in the middle counts from there") {
    Wire wire;
    wire.hear("$qSupp$?#3f");
    CHECK(wire.events == "P?");
    CHECK(wire.line == "");
}

TEST_CASE("GDB01 of a packet that is too long nothing is lost") {
    const std::string sent = "$" + std::string(5000, 'x') + "#00\r";
    Wire wire;
    wire.hear(sent);
    CHECK(wire.line == sent);
    CHECK(wire.catcher.held() == 0);
    // The longest one is understood, one byte more is not.
    const std::string body(kernel::max_packet - 4, 'x');
    const u8 sum = kernel::packet_sum(body);
    const std::string digits{"0123456789abcdef"[sum >> 4], "0123456789abcdef"[sum & 15]};
    CHECK(Wire{}.hear("$" + body + "#" + digits).events == "P" + body);
    const u8 more = static_cast<u8>(sum + 'x');
    const std::string longer{"0123456789abcdef"[more >> 4], "0123456789abcdef"[more & 15]};
    CHECK(Wire{}.hear("$" + body + "x#" + longer).events == "");
}

TEST_CASE("GDB01 after what was given back the line is where it is") {
    Wire wire;
    wire.hear("$ab");
    wire.give_back();
    wire.hear("$?#3f\r$?#3f");  // the first one stands behind something typed
    CHECK(wire.line == "$ab$?#3f\r");
    CHECK(wire.events == "P?");
    Wire ended;
    ended.hear("$ab\r");
    ended.give_back();
    CHECK(ended.hear("$?#3f").events == "P?");
}

TEST_CASE("GDB01 Ctrl-C is the debugger's where nothing is typed, and anywhere while there is one") {
    CHECK(Wire{}.hear("\x03").events == "^");
    CHECK(Wire{}.hear("ab\x03").line == "ab\x03");
    CHECK(Wire{}.hear("ab\x03\x03").events == "^");
    Wire wire;
    wire.catcher.set_attached(true);
    wire.hear("ab\x03");
    CHECK(wire.events == "^");
    CHECK(wire.line == "ab");
}

TEST_CASE("GDB01 behind a packet nothing is taken before it was") {
    PacketCatcher catcher;
    for (char c : std::string_view{"$?#3"}) CHECK(catcher.feed(static_cast<u8>(c)) == Event::Held);
    CHECK(!catcher.packet());
    CHECK(catcher.feed('f') == Event::Packet);
    CHECK(catcher.packet());
    CHECK(catcher.feed('x') == Event::Held);
    CHECK(catcher.body() == "?");
    catcher.forget();
    CHECK(catcher.held() == 0);
}
