// SPDX-License-Identifier: MIT

#include <kernel/irq/ipi.hpp>

#include <arch/atomic.hpp>
#include <arch/cpu.hpp>
#include <kernel/irq/irq_lines.hpp>
#include <sync/clock.hpp>

namespace quartet::kernel::ipi {

namespace {

struct alignas(64) Requests {
    arch::Atomic<u32> asked;
};
constinit std::array<Requests, max_cores> requests{};

// One call at a time to each core. Whoever moves it on does so by a compare-exchange, so that a caller
// that gives up and a core that begins cannot both succeed.
using CallState = u32;
constexpr CallState call_free = 0, call_claimed = 1, call_posted = 2, call_running = 3, call_done = 4;

struct alignas(64) CallSlot {
    arch::Atomic<CallState> state{call_free};
    void (*function)(void*) noexcept = nullptr;
    void* argument = nullptr;
};
constinit std::array<CallSlot, max_cores> calls{};

constexpr u32 patience_ms = 100;

void on_call() noexcept {
    CallSlot& slot = calls[arch::core_id()];
    CallState state = call_posted;
    // Acquire pairs with the release of Posted: function and argument, and what they point at.
    if (!slot.state.compare_exchange(state, call_running, arch::Order::Acquire, arch::Order::Relaxed)) return;
    slot.function(slot.argument);
    // Release pairs with the caller's acquire of Done: what the function did.
    slot.state.store(call_done, arch::Order::Release);
}

// Until `slot` goes from `from` to `to` by us, or the time is over.
bool change_in_time(CallSlot& slot, CallState from, CallState to, sync::Deadline deadline) noexcept {
    return sync::wait_until(deadline, [&] {
        CallState state = from;
        // Acquire: pairs with the release of the one who made it `from`.
        return slot.state.compare_exchange(state, to, arch::Order::Acquire, arch::Order::Relaxed);
    });
}

}  // namespace

void send(u32 core, Purpose purpose, const arch::IrqsMasked&) noexcept {
    if (!irq::core_started(core)) return;
    u32 bit = u32{1} << static_cast<u32>(purpose);
    // Release pairs with the acquire in `take`. The bit was set: its interrupt is under way and comes
    // after this, because the handler takes the bit first.
    if ((requests[core].asked.fetch_or(bit, arch::Order::Release) & bit) != 0) return;
    irq::the_controller->send(static_cast<u32>(purpose), core);
}

bool take(Purpose purpose) noexcept {
    u32 core = arch::core_id();
    u32 bit = u32{1} << static_cast<u32>(purpose);
    irq::count_interrupt(static_cast<u32>(purpose), core);
    // Acquire pairs with the release in `send`: what was asked for is seen.
    return (requests[core].asked.fetch_and(~bit, arch::Order::Acquire) & bit) != 0;
}

void start() noexcept { attach<Purpose::Call, on_call>(); }

Status call(u32 core, void (*function)(void*) noexcept, void* argument) noexcept {
    debug_check(!arch::irqs_masked(), "a call to another core is made with interrupts open");
    if (core == arch::core_id() || !irq::core_started(core)) return fail(Error::Invalid);
    CallSlot& slot = calls[core];
    sync::Deadline deadline{patience_ms};
    if (!change_in_time(slot, call_free, call_claimed, deadline)) return fail(Error::Timeout);
    slot.function = function;
    slot.argument = argument;
    slot.state.store(call_posted, arch::Order::Release);
    {
        arch::IrqsMasked masked;
        send(core, Purpose::Call, masked);
    }
    if (!change_in_time(slot, call_done, call_free, deadline)) {
        // It may begin at this very moment. If it has not, it never will.
        CallState state = call_posted;
        if (slot.state.compare_exchange(state, call_free, arch::Order::Relaxed, arch::Order::Relaxed))
            return fail(Error::Timeout);
        // A handler's run is short and bounded: it is waited for, as `argument` is the caller's.
        while (slot.state.load(arch::Order::Acquire) != call_done) arch::relax();
        slot.state.store(call_free, arch::Order::Release);
    }
    return {};
}

}  // namespace quartet::kernel::ipi
