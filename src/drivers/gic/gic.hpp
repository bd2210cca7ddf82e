// SPDX-License-Identifier: MIT
//
// The generic interrupt controller, version 2 (GIC-400 on the board): distributor and CPU
// interface. Priorities are written in steps of 0x20: every implementation has at least the upper
// four of eight bits (IHI 0048B 3.5.1), so eight levels below the mask always exist, in the
// non-secure view too, which halves them.
//
// Groups. Without the security extension (GICD_TYPER.SecurityExtn 0, as QEMU's) every id stays in
// group 0. With it, group 1 is what the non-secure side owns, and only the secure side can put ids
// there: the board's stub has done it before we run, and where we are entered at EL3 head.S writes
// IGROUPR before it leaves EL3. This driver runs at EL1 and never writes IGROUPR; it checks that the
// ids are ours.

#pragma once

#include <arch/mmio.hpp>
#include <drivers/gic/active_irq.hpp>
#include <drivers/gic/registers.hpp>
#include <kernel/iface/interrupt_controller.hpp>

#include <array>

namespace quartet::drivers {

class Gic final : public kernel::InterruptController {
public:
    Gic(arch::MmioRegion distributor, arch::MmioRegion cpu_interface)
        : distributor_(distributor), cpu_interface_(cpu_interface) {}

    // The shared part: every shared id disabled, not pending, not active, of normal priority,
    // level, to the calling core. Error::Unsupported: the ids belong to the secure side.
    // Context: boot, one core, once, before any `start_core`.
    Status start_distributor() noexcept;

    std::string_view name() const noexcept override { return "gicv2"; }
    u32 lines() const noexcept override { return lines_; }
    void start_core() noexcept override;

    void enable(u32 id) noexcept override;
    void disable(u32 id) noexcept override;
    bool enabled(u32 id) const noexcept override;
    bool pending(u32 id) const noexcept override;
    void set_pending(u32 id) noexcept override;
    void clear_pending(u32 id) noexcept override;
    bool active(u32 id) const noexcept override;

    void set_priority(u32 id, kernel::IrqPriority priority) noexcept override;
    void set_trigger(u32 id, kernel::Trigger trigger) noexcept override;
    void route(u32 id, u32 core) noexcept override;
    void send(u32 id, u32 core) noexcept override;

    // What vectors.S does inline, for C++ that polls.
    [[nodiscard]] ActiveIrq acknowledge() const noexcept { return ActiveIrq{read<gicc::Iar>(cpu_interface_)}; }
    void complete(const ActiveIrq& irq) const noexcept { write(cpu_interface_, irq.completion()); }

private:
    arch::MmioRegion distributor_;
    arch::MmioRegion cpu_interface_;
    u32 lines_ = 0;
    // Which bit of a target list means which core, as the core itself read it.
    std::array<u8, max_cores> target_of_core_{1, 2, 4, 8};
};

}  // namespace quartet::drivers
