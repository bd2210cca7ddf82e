// SPDX-License-Identifier: MIT
//
// Fuzzing the debugger's packets: any bytes at the console, and what comes through as a packet into a session, with the rest of the
// bytes behind it. No byte that is the line's is lost, every answer is a whole packet that fits, and each session ends. Memory errors are
// the sanitizers'.

#include <gdb_machine.hpp>

#include <cstdlib>
#include <string>

using namespace quartet;

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

// Every byte comes out again, in order, where there is no packet; with one, all but what belongs to it.
usize catch_packet(std::string_view bytes, kernel::PacketCatcher& catcher) {
    using Event = kernel::PacketCatcher::Event;
    std::string line;
    auto put = [&](u8 byte) { line += static_cast<char>(byte); };
    usize at = 0;
    for (; at < bytes.size(); ++at) {
        const u8 byte = static_cast<u8>(bytes[at]);
        const Event event = catcher.feed(byte);
        demand(catcher.held() <= kernel::max_packet + 8);
        if (event == Event::Packet || event == Event::Interrupt) {
            demand(line == bytes.substr(0, line.size()));
            return at + 1;
        }
        if (event == Event::Held) continue;
        if (event != Event::Line) catcher.give_back(put);
        if (event != Event::GiveBack) put(byte);
    }
    catcher.give_back(put);
    demand(line == bytes);
    return at;
}

void look_at(std::string_view said) {
    while (!said.empty()) {
        if (said.front() == '+' || said.front() == '-') {
            said.remove_prefix(1);
            continue;
        }
        const usize end = said.find('#');
        demand(said.front() == '$' && end != std::string_view::npos && end + 3 <= said.size());
        demand(end + 3 <= kernel::max_packet);
        demand(fakes::packet(said.substr(1, end - 1)) == said.substr(0, end + 3));
        said.remove_prefix(end + 3);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, usize size) {
    static debug::gdb::Session session;
    const std::string bytes(data, data + size);
    kernel::PacketCatcher catcher;
    const usize used = catch_packet(bytes, catcher);

    fakes::GdbMachine machine;
    fakes::gdb_machine = &machine;
    debug::gdb::Stop stop{.signal = 5, .thread = &machine.add(0, "runs", 1), .watched = 0};
    machine.add(1, "waits", max_cores);
    machine.hear(std::string_view{bytes}.substr(used));
    std::string_view first;
    if (catcher.packet()) first = catcher.body();
    static_cast<void>(session.talk(stop, first, first.data() == nullptr));
    look_at(machine.outgoing);
    return 0;
}
