// SPDX-License-Identifier: MIT
//
// The counters behind Uart::line_errors: written by the one that receives, read by anybody.

#pragma once

#include <arch/atomic.hpp>
#include <kernel/iface/uart.hpp>

namespace quartet::drivers {

class LineErrorCounts {
public:
    // Relaxed throughout: numbers for people, nothing is published through them.
    void count_break() noexcept { breaks_.fetch_add(1, arch::Order::Relaxed); }
    void count_framing() noexcept { framing_.fetch_add(1, arch::Order::Relaxed); }
    void count_parity() noexcept { parity_.fetch_add(1, arch::Order::Relaxed); }
    void count_overrun() noexcept { overruns_.fetch_add(1, arch::Order::Relaxed); }

    kernel::LineErrors snapshot() const noexcept {
        return {.breaks = breaks_.load(arch::Order::Relaxed),
                .framing = framing_.load(arch::Order::Relaxed),
                .parity = parity_.load(arch::Order::Relaxed),
                .overruns = overruns_.load(arch::Order::Relaxed)};
    }

private:
    arch::Atomic<u32> breaks_;
    arch::Atomic<u32> framing_;
    arch::Atomic<u32> parity_;
    arch::Atomic<u32> overruns_;
};

}  // namespace quartet::drivers
