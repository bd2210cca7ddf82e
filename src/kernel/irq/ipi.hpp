// SPDX-License-Identifier: MIT
//
// Interrupts from core to core, by purpose. A purpose is a software interrupt and one bit a core: the
// bit says that somebody asked, so that a thousand requests to a core that has its interrupts masked
// are one interrupt, and none is lost: the handler takes the bit before it does the work.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/assert.hpp>
#include <base/result.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/irq/long_stretch.hpp>

#include <bit>
#include <type_traits>

namespace quartet::kernel::ipi {

// The number is the software interrupt's id. Those from `first_of_application` on are the application's; of these, 8-15 may
// belong to the secure side on a board (IHI 0048B 2.2.1 recommends it).
enum class Purpose : u8 {
    Reschedule = 0,  // a thread of higher priority is in your queue
    Stop = 1,  // panic or debugger: stand still
    Call = 2,  // cross_call.hpp
    OwnIrqs = 3,  // irq.cpp: take over a change of the ids below 32
    Log = 4,  // to oneself: there is something to write, said where waking a thread is not legal
};
inline constexpr u32 first_of_application = 5;

// `purpose` is served on `core` at least once after what this core did before. To a core that has not
// started nothing is sent. Context: any, masked, so that nobody who relies on the interrupt under way
// waits for a sender that was preempted. Cost: one exclusive pair, and a device write where none is under way.
void send(u32 core, Purpose purpose, const arch::IrqsMasked&) noexcept;

// Whether somebody asked since it was last taken; takes it. For handlers.
bool take(Purpose purpose) noexcept;

// What `attach` puts into the table.
template <Purpose Which, auto Work>
void serve(IrqContext& context) noexcept {
    const MeasuredHandler measured{std::bit_cast<uptr>(&serve<Which, Work>)};
    // The bit goes first: who asks from here on sends anew.
    if (!take(Which)) return;
    if constexpr (std::is_invocable_v<decltype(Work), IrqContext&>) {
        Work(context);
    } else {
        Work();
    }
}

// `Work` is `void() noexcept` or `void(IrqContext&) noexcept`; a second time with the same one changes
// nothing. Context: boot or thread, after irq::start. Cores that run already are told by an interrupt, and hear it
// from then on.
template <Purpose Which, auto Work>
void attach() {
    constexpr u32 id = static_cast<u32>(Which);
    bool ours = irq::attach(id, serve<Which, Work>, nullptr).has_value() ||
                quartet_irq_table[id].handler.load(arch::Order::Relaxed) == IrqHandler{serve<Which, Work>};
    check(ours && irq::enable(id).has_value(), "a purpose of inter-processor interrupts has one kind of work");
}

}  // namespace quartet::kernel::ipi
