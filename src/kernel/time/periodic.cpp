// SPDX-License-Identifier: MIT

#include <kernel/time/periodic.hpp>

#include <kernel/thread/threads.hpp>

namespace quartet::kernel {

u64 Periodic::wait(ThreadContext& self) noexcept {
    u64 missed = 0;
    u64 here = now().counts;
    if (here > next_) {
        missed = (here - next_ + period_ - 1) / period_;
        next_ += missed * period_;
        missed_ += missed;
        // Relaxed: this thread alone writes it.
        arch::Atomic<u64>& all = self.thread().deadline_misses;
        all.store(all.load(arch::Order::Relaxed) + missed, arch::Order::Relaxed);
    }
    sleep_until(self, {next_});
    next_ += period_;
    return missed;
}

}  // namespace quartet::kernel
