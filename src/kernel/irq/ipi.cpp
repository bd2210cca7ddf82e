// SPDX-License-Identifier: MIT

#include <kernel/irq/ipi.hpp>

#include <arch/atomic.hpp>
#include <arch/cpu.hpp>
#include <kernel/irq/irq_lines.hpp>

namespace quartet::kernel::ipi {

namespace {

struct alignas(64) Requests {
    arch::Atomic<u32> asked;
};
constinit std::array<Requests, max_cores> requests{};

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

}  // namespace quartet::kernel::ipi
