// SPDX-License-Identifier: MIT

#include <kernel/irq/cross_call.hpp>

#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/irq/ipi.hpp>
#include <kernel/irq/irq.hpp>
#include <sync/spin_lock.hpp>

#include <array>
#include <optional>

namespace quartet::kernel {

using Order = arch::Order;

// The calls that a core is asked for, in the order of their coming.
struct alignas(64) CallQueue {
    using Guard = sync::LockGuard<sync::LockRank::TimerQueue>;

    sync::SpinLock<sync::LockRank::TimerQueue> lock;
    CrossCall* first GUARDED_BY(lock) = nullptr;
    CrossCall* last GUARDED_BY(lock) = nullptr;

    Status add(CrossCall& call, u32 core, const arch::IrqsMasked& masked) noexcept {
        Guard guard{lock, masked};
        CrossCall::State state = CrossCall::State::Idle;
        // An exchange, as another core may be sending the same call elsewhere. Acquire pairs with the releases below: the
        // links are no longer another core's.
        if (!call.state_.compare_exchange(state, CrossCall::queued_at(core), Order::Acquire, Order::Relaxed))
            return fail(Error::Busy);
        call.next_ = nullptr;
        call.before_ = last;
        if (last != nullptr) last->next_ = &call;
        else first = &call;
        last = &call;
        return {};
    }

    // The next one, which runs from here on; null: there is none.
    CrossCall* take(const arch::IrqsMasked& masked) noexcept {
        Guard guard{lock, masked};
        CrossCall* call = first;
        if (call == nullptr) return nullptr;
        take_out(*call);
        call->state_.store(CrossCall::State::Running, Order::Relaxed);  // who withdraws looks under the lock
        return call;
    }

    // `here`: what a call in this queue says.
    bool withdraw(CrossCall& call, CrossCall::State here, const arch::IrqsMasked& masked) noexcept {
        Guard guard{lock, masked};
        // It may have run since, and been sent elsewhere. Relaxed: that it is here is said, and taken back, under this lock.
        if (call.state_.load(Order::Relaxed) != here) return false;
        take_out(call);
        call.state_.store(CrossCall::State::Idle, Order::Release);
        return true;
    }

    [[gnu::always_inline]] static void run(CrossCall& call, IrqContext& context) noexcept {
        context.redirect(Unsafe{"the call's own, which is made next"}, call.argument_);
        call.function_(context);
        // Release pairs with the acquire in `under_way`: what the function did. The last touch: it may be gone after it.
        call.state_.store(CrossCall::State::Idle, Order::Release);
    }

    static Status send(CrossCall& call, u32 core) noexcept;
    static bool withdraw(CrossCall& call) noexcept;

private:
    void take_out(CrossCall& call) noexcept REQUIRES_LOCK(lock) {
        (call.before_ != nullptr ? call.before_->next_ : first) = call.next_;
        (call.next_ != nullptr ? call.next_->before_ : last) = call.before_;
    }
};

namespace {

constinit std::array<CallQueue, max_cores> queues{};

// How many calls one interrupt serves before others have a turn.
constexpr u32 most_at_once = 16;

void serve_calls(IrqContext& context) noexcept {
    arch::IrqsMasked masked;
    const u32 core = context.core();
    for (u32 n = 0; n < most_at_once; ++n) {
        CrossCall* call = queues[core].take(masked);
        if (call == nullptr) return;
        CallQueue::run(*call, context);
    }
    ipi::send(core, ipi::Purpose::Call, masked);
}

}  // namespace

Status CallQueue::send(CrossCall& call, u32 core) noexcept {
    if (call.function_ == nullptr || !irq::core_started(core)) return fail(Error::Invalid);
    arch::IrqsMasked masked;
    TRY(queues[core].add(call, core, masked));
    ipi::send(core, ipi::Purpose::Call, masked);
    return {};
}

bool CallQueue::withdraw(CrossCall& call) noexcept {
    arch::IrqsMasked masked;
    // Relaxed: where to look. It is looked at again there.
    const CrossCall::State state = call.state_.load(Order::Relaxed);
    if (state < CrossCall::State::QueuedAt0) return false;
    const u32 core = static_cast<u32>(state) - static_cast<u32>(CrossCall::State::QueuedAt0);
    return queues[core].withdraw(call, state, masked);
}

Status CrossCall::send(u32 core) noexcept { return CallQueue::send(*this, core); }

bool CrossCall::withdraw() noexcept { return CallQueue::withdraw(*this); }

Status CrossCall::wait(ThreadContext&, Duration patience) noexcept {
    debug_check(!arch::irqs_masked(), "a call to another core is waited for with interrupts open");
    const Instant end = after(now(), patience);
    while (under_way()) {
        // From its beginning on it is waited for, as its argument is the caller's; a handler's run is bounded.
        if (now() >= end && withdraw()) return fail(Error::Timeout);
        arch::relax();
    }
    return {};
}

CallStatus call_cores(ThreadContext& self, u32 mask, IrqHandler function, void* argument, Duration patience) noexcept {
    const auto failed = [](Error error, u32 core) { return std::unexpected{CallFailure{error, core}}; };
    for (u32 core = 0; core < 32; ++core) {
        if ((mask >> core & 1) != 0 && (function == nullptr || !irq::core_started(core)))
            return failed(Error::Invalid, core);
    }
    std::optional<CrossCall> calls[max_cores];
    for (u32 core = 0; core < max_cores; ++core) {
        if ((mask >> core & 1) == 0) continue;
        calls[core].emplace(function, argument);
        check(calls[core]->send(core).has_value(), "a call that is new is sent to a core that has started");
    }
    // All of them are waited for, whatever becomes of one: they lie on this stack.
    CallStatus status;
    for (u32 core = 0; core < max_cores; ++core) {
        if (!calls[core]) continue;
        if (Status ended = calls[core]->wait(self, patience); !ended && status) status = failed(ended.error(), core);
    }
    return status;
}

CallStatus call_core(ThreadContext& self, u32 core, IrqHandler function, void* argument, Duration patience) noexcept {
    if (core >= max_cores) return std::unexpected{CallFailure{Error::Invalid, core}};
    return call_cores(self, u32{1} << core, function, argument, patience);
}

CallStatus call_all_cores(ThreadContext& self, IrqHandler function, void* argument, Duration patience) noexcept {
    u32 started = 0;
    for (u32 core = 0; core < max_cores; ++core) {
        if (irq::core_started(core)) started |= u32{1} << core;
    }
    return call_cores(self, started, function, argument, patience);
}

void start_cross_calls() noexcept { ipi::attach<ipi::Purpose::Call, serve_calls>(); }

}  // namespace quartet::kernel
