// SPDX-License-Identifier: MIT
//
// Figures of timers: starting and cancelling one, where it is the only one and where 10,000 others are armed.

#include "operation.hpp"

#include <base/unsafe.hpp>
#include <kernel/time/timer.hpp>
#include <mm/heap.hpp>

#include <new>

namespace quartet::bench {
namespace {

constexpr usize many = 10'000;

void never_comes(kernel::HandlerTimer&) noexcept {}

// Armed for as long as it lives, each for another time, from an hour on.
class ManyTimers {
public:
    ManyTimers() {
        auto room = mm::kernel_heap.allocate(many * sizeof(kernel::HandlerTimer));
        if (!room) return;
        timers_ = static_cast<kernel::HandlerTimer*>(*room);
        for (usize n = 0; n < many; ++n) {
            auto* timer = ::new (static_cast<void*>(timers_ + n)) kernel::HandlerTimer{never_comes};
            static_cast<void>(timer->start(kernel::seconds(3600 + n * 7 % many)));
        }
    }
    ~ManyTimers() {
        if (timers_ == nullptr) return;
        for (usize n = 0; n < many; ++n) timers_[n].~HandlerTimer();
        mm::kernel_heap.free_sized(timers_, many * sizeof(kernel::HandlerTimer));
    }
    ManyTimers(const ManyTimers&) = delete;
    ManyTimers& operator=(const ManyTimers&) = delete;
    bool ready() const { return timers_ != nullptr; }

private:
    kernel::HandlerTimer* timers_ = nullptr;
};

}  // namespace

Measured timer_pair(kernel::ThreadContext&, u64 rounds) {
    kernel::HandlerTimer timer{never_comes};
    u64 begin = 0;
    for (u64 n = 0; n < warm_up + rounds; ++n) {
        if (n == warm_up) begin = arch::instruction_count();
        static_cast<void>(timer.start(kernel::seconds(1800)));
        static_cast<void>(timer.cancel());
    }
    return {arch::instruction_count() - begin, rounds};
}

Measured timer_pair_of_many(kernel::ThreadContext& self, u64 rounds) {
    ManyTimers others;
    return others.ready() ? timer_pair(self, rounds) : Measured{};
}

}  // namespace quartet::bench
