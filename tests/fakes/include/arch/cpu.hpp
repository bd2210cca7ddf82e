// SPDX-License-Identifier: MIT
//
// The host's running core. A simulation points these at its current core's record.

#pragma once

#include <arch/sim_point.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <csignal>
#include <cstdlib>

namespace quartet::arch {

inline u32 sim_core_id = 0;
inline thread_local void* sim_thread_pointer = nullptr;

inline void relax() noexcept { sim_spin(); }
inline void send_event() noexcept { sim_point(); }
// A simulation's sleep; without one it returns at once, as WFI may.
inline void (*sim_wait_hook)() noexcept = nullptr;
class IrqsMasked;
inline void wait_for_interrupt(const IrqsMasked&) noexcept {
    if (sim_wait_hook != nullptr) sim_wait_hook();
    else sim_point();
}
inline u32 core_id() noexcept {
    sim_point();
    return sim_core_id;
}
inline u64 affinity() noexcept {
    sim_point();
    return sim_core_id;
}
// No point: whatever happens before or after, the thread that asks is the answer.
inline void* thread_pointer() noexcept { return sim_thread_pointer; }
inline void set_thread_pointer(Unsafe, void* thread) noexcept {
    sim_point();
    sim_thread_pointer = thread;
}
// By the signal: `abort` may be the kernel's own, whose end is a check.
[[noreturn]] inline void halt() noexcept {
    std::raise(SIGABRT);
    std::_Exit(1);
}

}  // namespace quartet::arch
