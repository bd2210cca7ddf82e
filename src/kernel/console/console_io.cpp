// SPDX-License-Identifier: MIT
//
// The console's bytes as threads see them: the one writer at a time, whose line ends become CR LF, and the reader.

#include <kernel/console/console.hpp>

#include <kernel/thread/threads.hpp>

namespace quartet::kernel {

namespace {

// What may be a debugger's packet is the line's when nothing of it has come for so long.
constexpr Duration packet_patience = milliseconds(500);

}  // namespace

void Console::write(ThreadContext& self, std::string_view text) noexcept {
    if (text.empty()) return;
    if (!threaded_.load(arch::Order::Relaxed)) return write_polled(text);
    MutexGuard guard{output_, self};
    bool was_open = last_ != '\n';
    put(self, text);
    if (was_open && last_ == '\n') nudge(log_due_);
}

void Console::put(ThreadContext& self, std::string_view text) noexcept {
    for (char c : text) {
        if (c == '\n' && last_ != '\r') put_byte(self, '\r');
        put_byte(self, static_cast<u8>(c));
        last_ = c;
    }
    port_.flush();
}

void Console::put_byte(ThreadContext& self, u8 byte) noexcept {
    while (port_.offer(byte) == Accepted::No) {
        port_.flush();
        if (port_.must_wait_for_room() && !room_.take(self)) return;  // never closed
    }
}

Result<u8> Console::read(ThreadContext& self, Duration timeout) noexcept {
    u8 byte = 0;
    while (!port_.take(byte)) {
        const bool keeps = port_.keeps() && packet_patience < timeout;
        const u64 before = port_.received();
        Status waited = arrived_.take_for(self, keeps ? packet_patience : timeout);
        // Silence counts, not how long a packet takes: under an emulator that may be longer.
        if (waited || (keeps && port_.received() != before)) continue;
        if (!keeps) return fail(waited.error());
        port_.give_back();
    }
    return byte;
}

void Console::write_polled(std::string_view text) noexcept {
    char before = 0;
    for (char c : text) {
        if (c == '\n' && before != '\r') port_.send_polled('\r');
        port_.send_polled(static_cast<u8>(c));
        before = c;
    }
}

void Console::drain(ThreadContext& self) noexcept {
    while (!port_.drained()) sleep_for(self, milliseconds(1));
    port_.uart()->drain_polled();
}

}  // namespace quartet::kernel
