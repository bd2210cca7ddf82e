// SPDX-License-Identifier: MIT

#include "core_stop.hpp"

#include <arch/atomic.hpp>
#include <arch/cpu.hpp>
#include <arch/thread_stack.hpp>
#include <kernel/irq/ipi.hpp>
#include <sync/clock.hpp>

namespace quartet::kernel {

namespace {

using arch::Order;
using How = StoppedCore::How;

// Written by the core itself before the release of `answer`; read by the reporting core after its acquire.
struct Answer {
    uptr pc = 0;
    arch::Atomic<How> how{How::NotAsked};
};
constinit Answer answers[max_cores];

// An end also where the counter stands still. 10 ms of a counter that runs are far fewer looks: each reads a shared
// line and the counter, which no core does in a nanosecond.
constexpr u32 most_looks = 10'000'000;

[[noreturn]] void answer(u32 core, uptr pc, How how) {
    answers[core].pc = pc;
    // Pairs with the acquire in collect_stopped: the pc is there when the answer is.
    answers[core].how.store(how, Order::Release);
    arch::halt();
}

}  // namespace

void ask_to_stop(u32 self) noexcept {
    arch::IrqsMasked masked;
    for (u32 core = 0; core < max_cores; ++core) {
        if (core != self && irq::core_started(core)) ipi::send(core, ipi::Purpose::Stop, masked);
    }
}

void collect_stopped(u32 self, std::span<StoppedCore> found) noexcept {
    // One for all: who answers does so while another one is waited for.
    sync::Deadline deadline{stop_milliseconds};
    u32 looks = 0;
    for (u32 core = 0; core < found.size(); ++core) {
        if (core == self || !irq::core_started(core)) continue;
        auto answered = [core] { return answers[core].how.load(Order::Acquire); };
        How how = answered();
        while (how == How::NotAsked && looks < most_looks && !deadline.passed()) {
            arch::relax();
            ++looks;
            how = answered();
        }
        found[core].how = how == How::NotAsked ? How::Silent : how;
        found[core].pc = answers[core].pc;
    }
}

void stop_this_core(IrqContext& context) noexcept { answer(context.core(), context.interrupted_pc(), How::Stopped); }

void stop_after_fault(u32 self, uptr pc) noexcept { answer(self, pc, How::Faulted); }

}  // namespace quartet::kernel
