// SPDX-License-Identifier: MIT

#include "gdb_machine.hpp"

#include <algorithm>
#include <cstring>

namespace quartet::fakes {

std::string packet(std::string_view body) {
    const u32 sum = kernel::packet_sum(body);
    return '$' + std::string{body} + '#' + debug::gdb::hex_digit(sum >> 4) + debug::gdb::hex_digit(sum);
}

kernel::Thread& GdbMachine::add(u32 id, const char* name, u32 core, kernel::ThreadState state) {
    flows.push_back({std::make_unique<kernel::Thread>(), {}});
    kernel::Thread& thread = *flows.back().thread;
    thread.id = id;
    thread.state = state;
    std::strncpy(thread.name, name, sizeof(thread.name) - 1);
    flows.back().registers.core = core;
    flows.back().registers.known = core < max_cores ? kernel::Known::All : kernel::Known::Saved;
    return thread;
}

void GdbMachine::ask(std::string_view body) { hear(packet(body) + "+"); }

}  // namespace quartet::fakes

namespace quartet::debug::gdb::machine {

using fakes::gdb_machine;

namespace {

fakes::GdbMachine::Flow* flow_of(const kernel::Thread& thread) {
    for (auto& flow : gdb_machine->flows)
        if (flow.thread.get() == &thread) return &flow;
    return nullptr;
}

}  // namespace

usize read(uptr at, std::span<u8> to) noexcept {
    usize found = 0;
    for (; found < to.size(); ++found) {
        const uptr offset = at + found - fakes::GdbMachine::memory_begin;
        if (offset >= gdb_machine->memory.size()) break;
        to[found] = gdb_machine->memory[offset];
    }
    return found;
}

bool write(uptr at, std::span<const u8> from) noexcept {
    const uptr offset = at - fakes::GdbMachine::memory_begin;
    const usize size = gdb_machine->memory.size();
    if (offset > size || from.size() > size - offset) return false;
    std::copy(from.begin(), from.end(), gdb_machine->memory.begin() + static_cast<std::ptrdiff_t>(offset));
    return true;
}

const kernel::Thread* next_thread(const kernel::Thread* after) noexcept {
    bool found = after == nullptr;
    for (auto& flow : gdb_machine->flows) {
        if (found) return flow.thread.get();
        found = flow.thread.get() == after;
    }
    return nullptr;
}

arch::FaultFrame* live_frame(const kernel::Thread& thread) noexcept {
    auto* flow = flow_of(thread);
    return flow != nullptr && flow->registers.core < max_cores ? &flow->registers.frame : nullptr;
}

void read_registers(const kernel::Thread& thread, kernel::ThreadFrame& found) noexcept {
    if (auto* flow = flow_of(thread)) found = flow->registers;
}

u32 core_of(const kernel::Thread& thread) noexcept {
    auto* flow = flow_of(thread);
    return flow != nullptr ? flow->registers.core : max_cores;
}

bool set_point(PointKind kind, uptr at, u64 size) noexcept {
    if (gdb_machine->points.size() == gdb_machine->most_points) return false;
    gdb_machine->points.emplace_back(kind, at, size);
    return true;
}
void clear_point(PointKind kind, uptr at, u64 size) noexcept {
    std::erase(gdb_machine->points, std::tuple{kind, at, size});
}
void clear_all_points() noexcept { gdb_machine->points.clear(); }

Byte receive() noexcept {
    if (gdb_machine->incoming.empty()) {
        ++gdb_machine->milliseconds;
        if (gdb_machine->noise != 0 && gdb_machine->milliseconds < 20'000) return {true, gdb_machine->noise};
        // Who waits for ever is answered by a person at last.
        if (gdb_machine->milliseconds > 20'000) gdb_machine->hear("\r");
        return {};
    }
    const u8 value = gdb_machine->incoming.front();
    gdb_machine->incoming.pop_front();
    return {true, value};
}
void send(u8 byte) noexcept { gdb_machine->outgoing += static_cast<char>(byte); }
u64 now() noexcept { return gdb_machine->milliseconds; }
bool passed(u64 begin, u32 milliseconds) noexcept { return gdb_machine->milliseconds - begin > milliseconds; }

}  // namespace quartet::debug::gdb::machine
