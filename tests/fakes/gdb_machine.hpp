// SPDX-License-Identifier: MIT
//
// A machine that the debugger's protocol is tried on: some memory, some threads, and a wire at whose other end the test plays GDB.

#pragma once

#include <debug/gdb/machine.hpp>
#include <debug/gdb/session.hpp>

#include <deque>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace quartet::fakes {

struct GdbMachine {
    static constexpr uptr memory_begin = 0x1000;
    std::vector<u8> memory = std::vector<u8>(0x100);

    struct Flow {
        std::unique_ptr<kernel::Thread> thread;
        kernel::ThreadFrame registers;
    };
    std::vector<Flow> flows;

    std::vector<std::tuple<debug::gdb::PointKind, uptr, u64>> points;
    usize most_points = 2;

    // What comes over the wire, and what went out. Where nothing is left to come time passes: 20 s, and somebody presses Enter.
    std::deque<u8> incoming;
    std::string outgoing;
    u64 milliseconds = 0;
    // Not 0: then this comes, a millisecond each.
    u8 noise = 0;

    // A thread; one that runs has a core.
    kernel::Thread& add(u32 id, const char* name, u32 core, kernel::ThreadState state = kernel::ThreadState::Ready);
    void hear(std::string_view bytes) { incoming.insert(incoming.end(), bytes.begin(), bytes.end()); }
    // A whole packet, and the acknowledgement of its answer before the next one.
    void ask(std::string_view body);
};

// The one that `debug::gdb::machine` is.
inline GdbMachine* gdb_machine = nullptr;

std::string packet(std::string_view body);

}  // namespace quartet::fakes
