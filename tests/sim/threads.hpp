// SPDX-License-Identifier: MIT
//
// What every scenario does with threads; that any of it fails is a failure of the run.

#pragma once

#include "seeds.hpp"

#include <kernel/sched/priority_scheduler.hpp>
#include <kernel/thread/threads.hpp>

namespace quartet::sim {

using namespace kernel;

inline ThreadContext boot_context() { return ThreadContext::current(Unsafe{"the boot flow is a thread"}); }

// The priority scheduler, and the other cores at a random moment each.
inline void start_all(u32 count = max_cores) {
    SIM_CHECK(start_priority_scheduler().has_value());
    for (u32 core = 1; core < count; ++core) release_core(core);
}

// Until a core has come, a thread that may run nowhere else is refused.
inline void await_all(ThreadContext& self) {
    for (const Core& core : cores) {
        while (core.state.load(arch::Order::Acquire) != CoreState::Online) yield(self);
    }
}

// All cores, until the last has come; the boot flow goes on as this thread. A context is not copied, so the caller gets one anew.
inline ThreadContext start_and_await_all() {
    start_all();
    ThreadContext self = boot_context();
    await_all(self);
    return boot_context();
}

inline ThreadHandle must_spawn(const char* name, u8 priority, ThreadEntry entry, void* argument,
                               u32 affinity = every_core) {
    auto thread = spawn({.name = name, .priority = priority, .affinity = affinity}, entry, argument);
    SIM_CHECK(thread.has_value());
    return *thread;
}

inline void must_join(ThreadContext& self, ThreadHandle thread) { SIM_CHECK(join(self, thread).has_value()); }

}  // namespace quartet::sim
