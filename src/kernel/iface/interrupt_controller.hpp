// SPDX-License-Identifier: MIT
//
// The interrupt controller as the kernel sees it. Acknowledge and end of interrupt are not here:
// vectors.S does them inline.

#pragma once

#include <base/result.hpp>
#include <base/types.hpp>

#include <string_view>

namespace quartet::kernel {

enum class Trigger : u8 { LevelSensitive, EdgeTriggered };

// 0 is served last, 7 first. Handlers do not nest: the priority says who is next, not who interrupts.
enum class IrqPriority : u8 { Lowest = 0, Normal = 4, High = 6, Highest = 7 };

class InterruptController {
public:
    InterruptController(const InterruptController&) = delete;
    InterruptController& operator=(const InterruptController&) = delete;

    virtual std::string_view name() const noexcept = 0;
    // Ids that exist are [0, lines()): 0-15 from software, 16-31 of each core, the rest shared.
    virtual u32 lines() const noexcept = 0;

    // Make the calling core able to take interrupts; all of its own ids disabled, nothing pending.
    // Context: each core once, interrupts masked.
    virtual void start_core() noexcept = 0;

    // Ids below 32 mean those of the calling core.
    // Context: any. Cost: one device write; `disable` also reads back, so that after it no core
    // acknowledges `id` any more.
    virtual void enable(u32 id) noexcept = 0;
    virtual void disable(u32 id) noexcept = 0;
    virtual bool enabled(u32 id) const noexcept = 0;
    virtual bool pending(u32 id) const noexcept = 0;
    virtual void set_pending(u32 id) noexcept = 0;
    virtual void clear_pending(u32 id) noexcept = 0;
    // From acknowledge to end of interrupt.
    virtual bool active(u32 id) const noexcept = 0;

    // Context: any, one caller at a time (several ids share a register); the id is disabled.
    virtual void set_priority(u32 id, IrqPriority priority) noexcept = 0;
    virtual void set_trigger(u32 id, Trigger trigger) noexcept = 0;
    // Shared ids only, enabled or not. Context: any, one caller at a time.
    virtual void route(u32 id, u32 core) noexcept = 0;

    // Raise software interrupt `id` on `core`, which must have started. What this core wrote to
    // memory before is seen there by the handler. Context: any. Cost: a barrier and a device write.
    virtual void send(u32 id, u32 core) noexcept = 0;

protected:
    constexpr InterruptController() = default;
    ~InterruptController() = default;
};

}  // namespace quartet::kernel
