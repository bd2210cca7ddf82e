// SPDX-License-Identifier: MIT
//
// The models' core: waiting lets the other cores go on.

#pragma once

#include <arch/model_atomics.hpp>
#include <arch/sim_point.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <cstdlib>

namespace quartet::arch {

inline u32 sim_core_id = 0;
inline void* sim_thread_pointer = nullptr;
inline void (*sim_wait_hook)() noexcept = nullptr;

inline void relax() noexcept {
    sim_point();
    model::yield();
}
inline void send_event() noexcept { sim_point(); }
class IrqsMasked;
inline void wait_for_interrupt(const IrqsMasked&) noexcept {
    if (sim_wait_hook != nullptr) sim_wait_hook();
    else relax();
}
inline u32 core_id() noexcept { return sim_core_id; }
inline u64 affinity() noexcept { return sim_core_id; }
inline void* thread_pointer() noexcept { return sim_thread_pointer; }
[[gnu::no_sanitize_thread]] inline void set_thread_pointer(Unsafe, void* thread) noexcept {
    sim_thread_pointer = thread;
}
[[noreturn]] inline void halt() noexcept { std::abort(); }

}  // namespace quartet::arch
