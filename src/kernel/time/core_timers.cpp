// SPDX-License-Identifier: MIT

#include <kernel/time/core_timers.hpp>

namespace quartet::kernel {

// On the core whose timer it is: the interrupt is that of the core that starts it.
void CoreTimers::start_own(IrqContext& context) noexcept {
    auto& all = *static_cast<CoreTimers*>(context.argument());
    if (all.timers_[context.core()].get()->start(all.period_, all.period_))
        all.cores_.fetch_or(u32{1} << context.core(), arch::Order::Relaxed);
}

Status CoreTimers::start(ThreadContext& self, HandlerTimer::Callback callback, Duration period) noexcept {
    period_ = period;
    for (auto& timer : timers_)
        if (timer.get() == nullptr) timer.make(callback);
    auto called = call_all_cores(self, start_own, this);
    return called ? Status{} : fail(called.error().error);
}

void CoreTimers::stop() noexcept {
    cores_.store(0, arch::Order::Relaxed);
    for (auto& timer : timers_)
        if (timer.get() != nullptr) timer.get()->cancel_and_wait();
}

}  // namespace quartet::kernel
