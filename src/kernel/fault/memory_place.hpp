// SPDX-License-Identifier: MIT
//
// What lies at an address, for people who read a fault report.

#pragma once

#include <kernel/fault/fault_words.hpp>
#include <kernel/iface/crash_hooks.hpp>
#include <kernel/thread/thread.hpp>

#include <span>

namespace quartet::kernel {

// Everything executable of the image.
AddressRange code_range() noexcept;

// The stack of a thread, and of a core's handlers and faults. Empty where there is none.
AddressRange stack_of(const Thread& thread) noexcept;
AddressRange exception_stack_of(u32 core) noexcept;
AddressRange overflow_stack_of(u32 core) noexcept;

// Context: any, after a fault too: no lock. A stack's owner is written into `room`.
TouchedPlace place_of(uptr address, std::span<char> room) noexcept;

// The running thread's record, or null where TPIDR_EL1 holds no address that can be read.
Thread* thread_if_readable() noexcept;

}  // namespace quartet::kernel
