// SPDX-License-Identifier: MIT

#include <kernel/time/timer.hpp>

#include <kernel/time/timer_thread.hpp>

namespace quartet::kernel {

using Order = arch::Order;

Status TimerControl::start(Duration first, Duration period) noexcept {
    u64 counts = 0;
    if (period != Duration::zero()) [[unlikely]] {
        if (period < shortest_period) return fail(Error::Invalid);
        counts = clock_scale.nearest_counts(period);
    }
    first_ = first;
    u64 now = arch::counter();
    u64 due = now + clock_scale.counts(first);  // both are far from the end of 64 bits
    return arm(due, now, counts);
}

Status TimerControl::start_at(Instant first, Duration period) noexcept {
    u64 counts = 0;
    if (period != Duration::zero()) {
        if (period < shortest_period) return fail(Error::Invalid);
        counts = clock_scale.nearest_counts(period);
    }
    Instant here = now();
    first_ = between(here, first);
    return arm(first.counts, here.counts, counts);
}

Status TimerControl::restart() noexcept {
    u64 here = arch::counter();
    return arm(here + clock_scale.counts(first_), here, node_.period.load(Order::Relaxed));
}

[[gnu::always_inline]] inline Status TimerControl::arm(u64 due, u64 now, u64 period) noexcept {
    due = due_at({due});
    left_inverted_ = 0;
    // Relaxed: what fires it is of this core (arm_in_place), or takes the lock that arm_slowly has behind these.
    node_.period.store(period, Order::Relaxed);
    node_.started.store(now, Order::Relaxed);
    // Relaxed: on which core it is made is a matter of the moment before.
    if (arm_in_place(node_, due, current_thread().core.load(Order::Relaxed)->id)) [[likely]]
        return {};
    return arm_first(due);
}

[[gnu::noinline]] Status TimerControl::arm_first(u64 due) noexcept {
    // Acquire pairs with the release in start_timer_thread.
    if (node_.deferred && timer_thread.load(Order::Acquire) == nullptr) return fail(Error::Invalid);
    arch::IrqsMasked masked;
    if (!arm_slowly(node_, due, masked)) return fail(Error::Deleted);
    return {};
}

bool TimerControl::pause() noexcept {
    u64 word = disarm(node_);
    if (!timer_word::armed(word)) return false;
    u64 here = arch::counter();
    u64 due = timer_word::due(word);
    left_inverted_ = ~(due > here ? due - here : 0);
    return true;
}

Status TimerControl::resume() noexcept {
    if (left_inverted_ == 0) return fail(Error::Invalid);
    u64 here = arch::counter();
    return arm(here + ~left_inverted_, here, node_.period.load(Order::Relaxed));
}

Duration TimerControl::remaining() const noexcept {
    u64 word = node_.word.load(Order::Relaxed);
    if (timer_word::armed(word)) return between(now(), {timer_word::due(word)});
    return left_inverted_ != 0 ? Duration{clock_scale.nanoseconds(~left_inverted_)} : Duration::zero();
}

void HandlerTimer::fire(TimerNode& node) noexcept {
    HandlerTimer& timer = *static_cast<HandlerTimer*>(node.owner);
    timer.callback_(timer);
}

}  // namespace quartet::kernel
