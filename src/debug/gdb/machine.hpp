// SPDX-License-Identifier: MIT
//
// What the debugger's protocol (session.hpp) needs of the machine. The kernel's side is machine.cpp, breakpoints.cpp and entry.cpp; tests
// have another one.

#pragma once

#include <arch/layout/fault_frame.hpp>
#include <base/types.hpp>
#include <kernel/fault/thread_frame.hpp>
#include <kernel/thread/thread.hpp>

#include <span>

namespace quartet::debug::gdb {

// As GDB numbers them for AArch64: x0-x30, then
inline constexpr u32 sp_number = 31;
inline constexpr u32 pc_number = 32;
inline constexpr u32 cpsr_number = 33;
inline constexpr u32 register_count = 34;

// The Z packets.
enum class PointKind : u8 { Software = 0, Hardware = 1, Write = 2, Read = 3, Access = 4 };

namespace machine {

// How many bytes from `at` on could be read: what is not there, and a device, ends it.
usize read(uptr at, std::span<u8> to) noexcept;
// False: nothing was written, because part of it is not there, or is a device. What is read-only is written all the same.
bool write(uptr at, std::span<const u8> from) noexcept;

// Threads in the order of their ids; null: the first. Idle ones too; null: no more.
const kernel::Thread* next_thread(const kernel::Thread* after) noexcept;

// Where `thread` runs, so that its registers may be changed; null: it does not run, or its core does not answer.
arch::FaultFrame* live_frame(const kernel::Thread& thread) noexcept;
// As kernel::read_thread_frame.
void read_registers(const kernel::Thread& thread, kernel::ThreadFrame& found) noexcept;
u32 core_of(const kernel::Thread& thread) noexcept;

// A breakpoint or watchpoint on `size` bytes, from the next time that the machine runs on. False: there is no room for it, or it
// cannot be had there. To take away what is not there is no mistake.
bool set_point(PointKind kind, uptr at, u64 size) noexcept;
void clear_point(PointKind kind, uptr at, u64 size) noexcept;
void clear_all_points() noexcept;

// --- The wire, polled.
struct Byte {
    bool there = false;
    u8 value = 0;
};
Byte receive() noexcept;
void send(u8 byte) noexcept;
// `milliseconds` have passed since `begin`, which was `now()`.
u64 now() noexcept;
bool passed(u64 begin, u32 milliseconds) noexcept;

}  // namespace machine

}  // namespace quartet::debug::gdb
