// SPDX-License-Identifier: MIT
//
// A core that does not answer: it loops with its interrupts masked, for whoever finds it, or while another one panics.

#include "crash_kinds.hpp"

#include <arch/crash.hpp>
#include <arch/cpu.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/fault/panic.hpp>
#include <kernel/thread/threads.hpp>

#include <optional>

namespace quartet::debug {

namespace {

constinit arch::Atomic<u32> silent{0};

// Two ticks first, so that the last one found this core here.
void fall_silent(kernel::ThreadContext&, void*) {
    kernel::Core& core = kernel::cores[kernel::recent_core()];
    for (u64 first = core.ticks; core.ticks - first < 2;) arch::touched_unseen(&core.ticks);
    arch::IrqsMasked masked;
    silent.store(1, arch::Order::Release);  // pairs with the acquire in silent_core
    for (;;) arch::relax();
}

std::optional<u32> another_core() {
    u32 self = kernel::recent_core();
    for (u32 step = 1; step < max_cores; ++step) {
        u32 core = (self + step) % max_cores;
        // Relaxed: a core that came online stays so.
        if (kernel::cores[core].state.load(arch::Order::Relaxed) == kernel::CoreState::Online) return core;
    }
    return {};
}

}  // namespace

void hang() noexcept {
    arch::IrqsMasked masked;
    for (;;) arch::relax();
}

void silent_core() noexcept {
    auto self = kernel::ThreadContext::current(Unsafe{"a kind for threads alone is caused by a thread"});
    auto other = another_core();
    if (!other || !kernel::spawn({.name = "silent", .affinity = u32{1} << *other}, fall_silent, nullptr)) return;
    while (silent.load(arch::Order::Acquire) == 0) kernel::sleep_for(self, kernel::milliseconds(1));
    kernel::panic("a core does not answer");
}

}  // namespace quartet::debug
