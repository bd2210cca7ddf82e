// SPDX-License-Identifier: MIT
//
// The debugger's protocol, against a machine that the test made. GDB's own side is what its manual says (appendix E).

#include "../fakes/gdb_machine.hpp"

#include <debug/gdb/session.hpp>
#include <doctest/doctest.h>

#include <string>

using namespace quartet;
using namespace quartet::debug::gdb;
using fakes::packet;

namespace {

struct Stage {
    fakes::GdbMachine machine;
    std::unique_ptr<Session> session = std::make_unique<Session>();
    kernel::Thread* runs;
    kernel::Thread* waits;
    Stop stop;

    Stage() {
        fakes::gdb_machine = &machine;
        runs = &machine.add(0, "shell", 2);
        waits = &machine.add(6, "a<b", max_cores, kernel::ThreadState::Blocked);
        for (usize n = 0; n < machine.memory.size(); ++n) machine.memory[n] = static_cast<u8>(n);
        arch::FaultFrame& frame = machine.flows[0].registers.frame;
        for (u32 n = 0; n < 31; ++n) frame.x[n] = 0x100 + n;
        frame.sp = 0x1080;
        frame.elr = 0x1004;
        frame.spsr = 0x8000'0004;
        arch::FaultFrame& saved = machine.flows[1].registers.frame;
        saved.x[19] = 0x1919;
        saved.elr = 0x1008;
        stop.thread = runs;
    }
    ~Stage() { fakes::gdb_machine = nullptr; }

    Resume talk(bool tell = false) { return session->talk(stop, {}, tell); }
    // The answer to one packet, behind which the debugger leaves.
    std::string answer(std::string_view body) {
        machine.outgoing.clear();
        machine.ask(body);
        machine.ask("D");
        static_cast<void>(talk());
        std::string_view said = machine.outgoing;
        const std::string end = "+" + packet("OK");
        if (!said.starts_with('+') || !said.ends_with(end)) return "no answer: " + machine.outgoing;
        said = said.substr(1, said.size() - 1 - end.size());
        if (said.empty()) return "nothing";
        const std::string whole{said};
        const std::string inner = whole.substr(1, whole.size() - 4);
        return packet(inner) == whole ? inner : "no packet: " + whole;
    }
};

}  // namespace

TEST_CASE("GDB01 a question is acknowledged and answered, and an answer said again until it is acknowledged") {
    Stage stage;
    CHECK(stage.answer("?") == "T05thread:1;core:2;");
    stage.machine.outgoing.clear();
    stage.machine.hear(packet("qAttached") + "-+" + packet("D") + "+");
    CHECK(stage.talk().how == Resume::How::Leave);
    CHECK(stage.machine.outgoing == "+" + packet("1") + packet("1") + "+" + packet("OK"));
}

TEST_CASE("GDB01 a packet with a wrong sum is refused, and what is no packet is nobody's answer") {
    Stage stage;
    stage.machine.hear("$?#00" + packet("qC") + "+" + packet("D") + "+");
    static_cast<void>(stage.talk());
    CHECK(stage.machine.outgoing == "-+" + packet("QC1") + "+" + packet("OK"));
    CHECK(stage.answer("Zebra") == "E01");
    CHECK(stage.answer("X") == "");
    CHECK(stage.answer("") == "");
    CHECK(stage.answer("qNobodyKnowsThis") == "");
    CHECK(stage.answer("vMustReplyEmpty") == "");
}

TEST_CASE("GDB01 a debugger that vanished before it acknowledged is gone after four times, its points with it") {
    Stage stage;
    stage.machine.points.emplace_back(PointKind::Software, 0x1000, 4);
    stage.machine.hear(packet("?"));
    CHECK(stage.talk().how == Resume::How::Leave);
    const std::string told = packet("T05thread:1;core:2;");
    CHECK(stage.machine.outgoing == "+" + told + told + told + told);
    CHECK(stage.machine.points.empty());
    CHECK(!stage.session->attached());
}

TEST_CASE("GDB01 where a person pressed Ctrl-C the machine goes on: at Enter, and after five seconds") {
    Stage stage;
    stage.machine.hear("+");
    CHECK(stage.talk(true).how == Resume::How::Leave);
    CHECK(stage.machine.milliseconds > Session::patience_ms);
    CHECK(stage.machine.milliseconds < Session::patience_ms + 10);
    Stage other;
    other.machine.hear("+echo hi\r");
    CHECK(other.talk(true).how == Resume::How::Leave);
    CHECK(other.session->take_typed() == "echo hi\r");
    CHECK(other.machine.milliseconds == 0);
}

TEST_CASE("GDB01 what is typed at a machine that stands is kept for the line, over steps too, once and so much of it") {
    Stage stage;
    stage.machine.hear("ab" + packet("s"));
    CHECK(stage.talk().how == Resume::How::Step);
    stage.machine.hear("c" + packet("c"));
    CHECK(stage.talk().how == Resume::How::Go);
    CHECK(stage.session->take_typed() == "abc");
    CHECK(stage.session->take_typed() == "");
    const std::string flood(1000, 'x');
    stage.machine.hear(flood + packet("c"));
    CHECK(stage.talk().how == Resume::How::Go);
    CHECK(stage.session->take_typed() == flood.substr(0, Session::typed_room));
}

TEST_CASE("GDB06 who asks for a reset and is gone before it acknowledges has it") {
    Stage stage;
    stage.machine.hear(packet("vKill;1"));
    CHECK(stage.talk().how == Resume::How::Reboot);
}

TEST_CASE("GDB07 an answer that is refused again and again is said again, for four seconds") {
    Stage stage;
    stage.machine.hear(packet("qC") + "----------+" + packet("D") + "+");
    CHECK(stage.talk().how == Resume::How::Leave);
    CHECK(stage.machine.outgoing.ends_with(packet("QC1") + "+" + packet("OK")));
    Stage other;
    other.machine.noise = '-';
    other.machine.hear(packet("qC"));
    CHECK(other.talk().how == Resume::How::Leave);
    CHECK(other.machine.milliseconds < Session::most_tries * Session::acknowledge_ms + 100);
}

TEST_CASE("GDB07 a packet is heard whole, however much came before its begin") {
    Stage stage;
    for (usize junk :
         {usize{1}, kernel::max_packet - 8, kernel::max_packet - 2, kernel::max_packet, 3 * kernel::max_packet}) {
        stage.machine.outgoing.clear();
        stage.machine.hear("$" + std::string(junk, 'j') + packet("m1000,4") + "+" + packet("D") + "+");
        CHECK(stage.talk().how == Resume::How::Leave);
        CHECK(stage.machine.outgoing.ends_with("+" + packet("00010203") + "+" + packet("OK")));
    }
}

TEST_CASE("GDB07 bytes that never end do not keep an answer from being given up, nor a machine from going on") {
    Stage stage;
    // A byte a millisecond, whatever is waited for: a packet's begin among them, which is never whole.
    stage.machine.noise = 'x';
    stage.machine.hear(packet("?"));
    CHECK(stage.talk().how == Resume::How::Leave);
    CHECK(stage.machine.milliseconds < Session::most_tries * Session::acknowledge_ms + 100);
    Stage other;
    other.machine.noise = '$';
    other.machine.hear("+");
    CHECK(other.talk(true).how == Resume::How::Leave);
    CHECK(other.machine.milliseconds < Session::patience_ms + 100);
}

TEST_CASE("GDB02 all registers of a thread that runs, and those that a switch keeps of one that does not") {
    Stage stage;
    std::string all = stage.answer("g");
    REQUIRE(all.size() == 33 * 16 + 8);
    CHECK(all.substr(0, 16) == "0001000000000000");
    CHECK(all.substr(30 * 16, 16) == "1e01000000000000");
    CHECK(all.substr(32 * 16) ==
          "0410000000000000"
          "04000080");
    CHECK(stage.answer("p1f") == "8010000000000000");
    CHECK(stage.answer("p21") == "04000080");
    CHECK(stage.answer("p22") == "E01");
    CHECK(stage.answer("pffffffffffffffff") == "E01");
    CHECK(stage.answer("p") == "E01");
    stage.machine.ask("Hg7");
    stage.machine.ask("p0");
    stage.machine.ask("p13");
    stage.machine.outgoing.clear();
    CHECK(stage.answer("p20").find(packet("xxxxxxxxxxxxxxxx")) != std::string::npos);
    CHECK(stage.machine.outgoing.find(packet("1919000000000000")) != std::string::npos);
    CHECK(stage.machine.outgoing.find(packet("0810000000000000")) != std::string::npos);
}

TEST_CASE("GDB02 registers are written where the thread runs, and only what a debugger may say") {
    Stage stage;
    const arch::FaultFrame& frame = stage.machine.flows[0].registers.frame;
    CHECK(stage.answer("P0=efcdab8967452301") == "OK");
    CHECK(frame.x[0] == 0x0123'4567'89ab'cdef);
    // Of PSTATE the flags alone: not the level, nor what is masked.
    CHECK(stage.answer("P21=c5030060") == "OK");
    CHECK(frame.spsr == 0x6000'0004);
    CHECK(stage.answer("P20=0610000000000000") == "E01");  // no instruction begins there
    CHECK(stage.answer("P1f=0100000000000000") == "E01");  // nor a stack
    CHECK(stage.answer("P1f=0000000000000000") == "E01");
    CHECK(stage.answer("P0=ef") == "E01");
    CHECK(stage.answer("P0=efcdab896745230100") == "E01");
    CHECK(stage.answer("G00") == "E01");
    CHECK(frame.elr == 0x1004);
    CHECK(frame.sp == 0x1080);
    const std::string before = stage.answer("g");
    CHECK(stage.answer("G" + before) == "OK");
    CHECK(stage.answer("g") == before);
}

TEST_CASE("GDB03 memory is read as far as it is there, and what is not there is an E") {
    Stage stage;
    CHECK(stage.answer("m1000,4") == "00010203");
    CHECK(stage.answer("m10fe,4") == "feff");
    CHECK(stage.answer("m1100,1") == "E03");
    CHECK(stage.answer("mffffffffffffffff,10") == "E03");
    CHECK(stage.answer("m0,ffffffffffffffff") == "E03");
    CHECK(stage.answer("m1000,ffffffffffffffff").size() == 512);
    CHECK(stage.answer("m1000,0") == "");
    for (const char* bad : {"m", "m1000", "m1000,", "m,4", "m1000,4x", "m11111111111111111,4"})
        CHECK(stage.answer(bad) == "E01");
}

TEST_CASE("GDB03 memory is written as a whole or not at all") {
    Stage stage;
    CHECK(stage.answer("M1010,2:abcd") == "OK");
    CHECK(stage.machine.memory[0x10] == 0xab);
    CHECK(stage.machine.memory[0x11] == 0xcd);
    CHECK(stage.answer("M10ff,2:abcd") == "E03");
    CHECK(stage.machine.memory[0xff] == 0xff);
    for (const char* bad : {"M1010,2:ab", "M1010,2:abcg", "M1010,2", "M1010,8000000000000000:", "M1010,1:abcd"})
        CHECK(stage.answer(bad) == "E03");
}

TEST_CASE("GDB04 threads have their names, states and cores, in pieces as long as GDB asks for") {
    Stage stage;
    const std::string list =
        "<?xml version=\"1.0\"?><threads><thread id=\"1\" core=\"2\" name=\"shell\">running, priority 0</thread>"
        "<thread id=\"7\" name=\"a?b\">blocked, priority 0</thread></threads>";
    CHECK(stage.answer("qXfer:threads:read::0,3fb") == "l" + list);
    CHECK(stage.answer("qXfer:threads:read::0,10") == "m" + list.substr(0, 16));
    CHECK(stage.answer("qXfer:threads:read::10,3fb") == "l" + list.substr(16));
    CHECK(stage.answer("qXfer:threads:read::ffffffffffffffff,3fb") == "l");
    CHECK(stage.answer("qXfer:threads:read::0") == "E01");
    CHECK(stage.answer("qXfer:memory-map:read::0,10") == "");
    CHECK(stage.answer("T1") == "OK");
    CHECK(stage.answer("T2") == "E01");
    CHECK(stage.answer("Hg2") == "E01");
    CHECK(stage.answer("Hc-1") == "OK");
    CHECK(stage.answer("Hg0") == "OK");
    CHECK(stage.answer("H") == "E01");
}

TEST_CASE("GDB04 the target is described whole, whatever the size of the pieces") {
    Stage stage;
    std::string whole;
    for (usize offset = 0; offset < 8192;) {
        std::string piece = stage.answer("qXfer:features:read:target.xml:" + [&] {
            std::string digits;
            for (usize left = offset; left != 0; left /= 16)
                digits.insert(digits.begin(), hex_digit(static_cast<u32>(left % 16)));
            return digits.empty() ? std::string{"0"} : digits;
        }() + ",64");
        REQUIRE(!piece.empty());
        whole += piece.substr(1);
        offset += piece.size() - 1;
        if (piece[0] == 'l') break;
        REQUIRE(piece.size() == 101);
    }
    CHECK(whole.starts_with("<?xml"));
    CHECK(whole.ends_with("</target>"));
    CHECK(whole.find("<reg name=\"x30\" bitsize=\"64\"/>") != std::string::npos);
    CHECK(whole.find("<reg name=\"cpsr\" bitsize=\"32\"/>") != std::string::npos);
}

TEST_CASE("GDB05 points are set as long as there is room, and forgotten by who comes anew and who leaves") {
    Stage stage;
    stage.machine.hear(packet("Z0,1004,4") + "+" + packet("Z2,1010,8") + "+" + packet("Z1,1008,4") + "+" +
                       packet("z0,1004,4") + "+" + packet("c"));
    CHECK(stage.talk().how == Resume::How::Go);
    CHECK(stage.machine.outgoing ==
          "+" + packet("OK") + "+" + packet("OK") + "+" + packet("E04") + "+" + packet("OK") + "+");
    REQUIRE(stage.machine.points.size() == 1);
    CHECK(stage.session->attached());
    stage.machine.hear("+" + packet("qSupported:xmlRegisters=i386") + "+" + packet("c"));
    CHECK(stage.talk(true).how == Resume::How::Go);
    CHECK(stage.machine.points.empty());
    for (const char* bad : {"Z5,1000,4", "Z0", "Z0,1000", "Z0,1000,4;X1,22", "Z,1000,4"})
        CHECK(stage.answer(bad) == "E01");
}

TEST_CASE("GDB06 one thread is stepped, else all go on; a thread that does not run cannot be") {
    Stage stage;
    auto resumed = [&](std::string_view body) {
        stage.machine.hear(packet(body));
        return stage.talk();
    };
    CHECK(resumed("c").how == Resume::How::Go);
    CHECK(resumed("vCont;c").how == Resume::How::Go);
    CHECK(resumed("vCont;c:-1").how == Resume::How::Go);
    for (const char* step : {"s", "vCont;s:1;c", "vCont;s", "vCont;c:7;s:1"}) {
        const Resume resume = resumed(step);
        CHECK(resume.how == Resume::How::Step);
        CHECK(resume.thread == stage.runs);
    }
    CHECK(resumed("C0b").how == Resume::How::Deliver);
    CHECK(resumed("vCont;C0b:1;c").how == Resume::How::Deliver);
    CHECK(resumed("k").how == Resume::How::Reboot);
    CHECK(stage.answer("vCont;s:7") == "E02");
    for (const char* bad : {"vCont", "vCont;", "vCont;t", "vCont;C", "vCont;c;", "c1000", "C", "vCont;s:"})
        CHECK(stage.answer(bad) == "E01");
    CHECK(stage.answer("vCont?") == "vCont;c;C;s;S");
}

TEST_CASE("GDB06 what cannot go on says so, and can be looked at and left") {
    Stage stage;
    // The `$` was the prompt's.
    stage.machine.hear(packet("c").substr(1) + "+" + packet("s") + "+" + packet("m1000,1") + "+" + packet("D") + "+");
    CHECK(stage.session->talk_after_fault(stage.stop).how == Resume::How::Leave);
    CHECK(stage.machine.outgoing ==
          "+" + packet("E02") + "+" + packet("E02") + "+" + packet("00") + "+" + packet("OK"));
}

TEST_CASE("GDB06 what begins like a packet at the prompt after a fault, and is none, is dropped") {
    Stage stage;
    stage.machine.hear("PATH");
    CHECK(stage.session->talk_after_fault(stage.stop).how == Resume::How::Leave);
    CHECK(stage.machine.outgoing == "");
    CHECK(stage.machine.milliseconds < 2 * Session::half_packet_ms);
}

TEST_CASE("GDB06 a watchpoint's stop says what was touched") {
    Stage stage;
    stage.stop.watched = 0x1234;
    CHECK(stage.answer("?") == "T05thread:1;core:2;watch:1234;");
}

TEST_CASE("GDB07 a packet of any length, and an answer as long as it can be, stay in their rooms") {
    Stage stage;
    const std::string longest = "m" + std::string(kernel::max_packet, '1');
    stage.machine.hear("$" + longest + "#00" + packet("D") + "+");
    CHECK(stage.talk().how == Resume::How::Leave);
    CHECK(stage.machine.outgoing.ends_with("+" + packet("OK")));
    for (u32 id = 20; id < 120; ++id) stage.machine.add(id, "a long name of a thread", max_cores);
    const std::string piece = stage.answer("qXfer:threads:read::0,ffffffff");
    CHECK(piece.size() <= kernel::max_packet - 4);
    CHECK(piece[0] == 'm');
}

TEST_CASE("GDB07 a packet that stops in the middle is forgotten, and the next one is heard") {
    Stage stage;
    stage.machine.hear(packet("?") + "+$m10");
    CHECK(stage.talk().how ==
          Resume::How::Leave);  // after 20 s somebody pressed Enter, which the half packet does not swallow
    CHECK(stage.machine.milliseconds >= 20'000);
    CHECK(stage.machine.milliseconds < 20'100);
}
