// SPDX-License-Identifier: MIT
//
// The one crash record of the machine: what the report's hooks, the shell and the start-up do with it.

#pragma once

#include <base/unsafe.hpp>
#include <debug/crash_record.hpp>

namespace quartet::debug {

// `room` is where the last run may have left a record, and this one leaves its own. Before, there is none.
// Context: boot, once, with the room mapped.
void open_crash_record(Unsafe, std::span<std::byte> room) noexcept;

// The hooks of a report (kernel/iface/crash_hooks.hpp), and what `crash show` and `crash clear` do.
void keep_crash_piece(kernel::CrashPiece piece, std::span<const std::byte> content) noexcept;
void show_crash_record(Writer& out) noexcept;
void clear_crash_record() noexcept;

// This run ends because it was told to: no run of crashes goes on behind it. Context: thread.
void note_good_end() noexcept;

enum class StartMode : u8 { Usual, Safe };

// Logs, once, how the last run ended, if it was by a fault; and says whether this one leaves out what the application
// does, and why. Context: boot, after `open_crash_record`. Cost: 10 instructions where there is no record.
StartMode tell_last_run() noexcept;

}  // namespace quartet::debug
