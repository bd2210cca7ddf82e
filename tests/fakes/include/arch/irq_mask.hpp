// SPDX-License-Identifier: MIT
//
// The host's interrupt mask: one flag a simulated core.

#pragma once

#include <arch/sim_point.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

inline bool default_irqs_masked = false;
// The simulation points this at the running core's flag.
inline bool* sim_irqs_masked = &default_irqs_masked;

class [[nodiscard]] IrqsMasked {
public:
    IrqsMasked() noexcept {
        sim_point();  // perhaps on another core after it
        was_masked_ = *sim_irqs_masked;
        *sim_irqs_masked = true;
    }
    // No point of their own: that of the first one.
    struct WereOpen {};
    IrqsMasked(Unsafe, WereOpen) noexcept : IrqsMasked() {}
    struct WereMasked {};
    IrqsMasked(Unsafe, WereMasked) noexcept : IrqsMasked() {}
    ~IrqsMasked() {
        *sim_irqs_masked = was_masked_;
        sim_point();
    }
    IrqsMasked(const IrqsMasked&) = delete;
    IrqsMasked& operator=(const IrqsMasked&) = delete;

    // No point: of what was found when it began.
    bool was_open() const noexcept { return !was_masked_; }

private:
    bool was_masked_;
};

// No point: it is the thread's own, wherever it runs.
inline bool irqs_masked() noexcept { return *sim_irqs_masked; }

inline void unmask_irqs(Unsafe) noexcept {
    *sim_irqs_masked = false;
    sim_point();
}
inline void mask_irqs(Unsafe) noexcept {
    sim_point();
    *sim_irqs_masked = true;
}

}  // namespace quartet::arch
