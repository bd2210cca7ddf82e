// SPDX-License-Identifier: MIT

#include "core_stop.hpp"

#include <arch/atomic.hpp>
#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/thread_stack.hpp>
#include <kernel/ipi.hpp>
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
constinit u64 asked_at = 0;

// Where the machine is emulated, its host may stop all of it while the counter goes on: then 10 ms are over
// before anybody ran. So a core is called silent after this many looks at the earliest, too, which are made
// only while this core runs: in QEMU they are about 0.1 s, in which its host lets the others run as well. The
// board, where they are some 20 ms, waits a little longer for a core that is dead.
constexpr u32 fewest_looks = 1'000'000;

[[noreturn]] void answer(u32 core, uptr pc, How how) {
    answers[core].pc = pc;
    // Pairs with the acquire in collect_stopped: the pc is there when the answer is.
    answers[core].how.store(how, Order::Release);
    arch::halt();
}

}  // namespace

void ask_to_stop(u32 self) noexcept {
    arch::IrqsMasked masked;
    asked_at = arch::counter();
    for (u32 core = 0; core < max_cores; ++core) {
        if (core != self && irq::core_started(core)) ipi::send(core, ipi::Purpose::Stop, masked);
    }
}

void collect_stopped(u32 self, std::span<StoppedCore> found) noexcept {
    u64 wait = sync::counter_hertz() * stop_milliseconds / 1000;
    for (u32 core = 0; core < found.size(); ++core) {
        if (core == self || !irq::core_started(core)) continue;
        How how = How::NotAsked;
        u32 looks = 0;
        do {
            how = answers[core].how.load(Order::Acquire);
            arch::relax();
        } while (how == How::NotAsked && (++looks < fewest_looks || arch::counter() - asked_at < wait));
        found[core].how = how == How::NotAsked ? How::Silent : how;
        found[core].pc = answers[core].pc;
    }
}

void stop_this_core(IrqContext& context) noexcept { answer(context.core(), arch::interrupted_pc(), How::Stopped); }

void stop_after_fault(u32 self, uptr pc) noexcept { answer(self, pc, How::Faulted); }

}  // namespace quartet::kernel
