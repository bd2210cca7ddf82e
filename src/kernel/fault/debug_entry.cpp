// SPDX-License-Identifier: MIT

#include "debug_entry.hpp"

#include <arch/atomic.hpp>
#include <arch/cpu.hpp>
#include <kernel/fault/core_stop.hpp>
#include <kernel/irq/ipi.hpp>
#include <mm/magazine.hpp>

namespace quartet::kernel {

namespace {

using arch::Order;

constinit arch::Atomic<Debugger> the_debugger{nullptr};
constinit AfterFault the_after_fault = nullptr;  // set before the release of the_debugger
constinit arch::Atomic<u32> asked{0};  // bit n: of core n

}  // namespace

void set_debugger(Debugger debugger, AfterFault after_fault) noexcept {
    the_after_fault = after_fault;
    the_debugger.store(debugger, Order::Release);  // pairs with the acquires below: what it uses is there
}

void ask_for_debugger(const arch::IrqsMasked& masked) noexcept {
    const u32 core = arch::core_id();
    // Relaxed: this core alone looks at its bit.
    asked.fetch_or(1U << core, Order::Relaxed);
    ipi::send(core, ipi::Purpose::Stop, masked);
}

bool enter_debugger(u32 core, arch::FaultFrame& frame) noexcept {
    const u32 bit = 1U << core;
    if ((asked.fetch_and(~bit, Order::Relaxed) & bit) == 0) return false;
    Debugger debugger = the_debugger.load(Order::Acquire);
    return debugger != nullptr && debugger(core, frame, DebugEntry::Asked);
}

bool debugger_answers(u32 core, arch::FaultFrame& frame) noexcept {
    Debugger debugger = the_debugger.load(Order::Acquire);
    // What came from a lower level does not go back there.
    if (debugger == nullptr || (frame.slot & ~u32{4}) != 0) return false;
    if (!debugger(core, frame, DebugEntry::Exception)) return false;
    // The slots of handlers borrow the register of the magazines (vectors.S).
    if (frame.depth != 0) mm::reenter_core(core);
    return true;
}

bool debug_after_fault() noexcept {
    arch::FaultFrame* frame = stopped_frame(arch::core_id()).frame;
    if (the_debugger.load(Order::Acquire) == nullptr || frame == nullptr) return false;
    the_after_fault(*frame);
    return true;
}

}  // namespace quartet::kernel
