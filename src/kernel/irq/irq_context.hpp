// SPDX-License-Identifier: MIT
//
// What an interrupt handler is given, and the table through which vectors.S finds it. A reference to
// an IrqContext is the proof of handler context: what blocks asks for a ThreadContext instead, which
// a handler cannot come by.

#pragma once

#include <arch/atomic.hpp>
#include <arch/cpu.hpp>
#include <arch/layout/offsets.h>
#include <arch/thread_stack.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

#include <array>
#include <cstddef>

namespace quartet::kernel {

class IrqContext {
public:
    // Safety: only vectors.S makes one on the target, in the record of the core that handles the
    // interrupt; tests play vectors.S.
    constexpr IrqContext(Unsafe, u64 iar, void* argument) : iar_(iar), argument_(argument) {}
    IrqContext(const IrqContext&) = delete;
    IrqContext& operator=(const IrqContext&) = delete;

    u32 id() const noexcept { return static_cast<u32>(iar_ & 0x3ff); }
    // Of a software interrupt: the core that sent it.
    u32 sender() const noexcept { return static_cast<u32>(iar_ >> 10 & 7); }
    u32 core() const noexcept { return arch::core_id(); }
    // Where the thread was that it interrupted. Cost: 2 instructions.
    uptr interrupted_pc() const noexcept { return arch::interrupted_pc(Unsafe{"only a handler has such an object"}); }
    // What was given at attach.
    void* argument() const noexcept { return argument_; }

    // The same interrupt with another argument, for a handler that calls the real one.
    // Safety: `argument` is what the handler that is called next was attached with.
    void redirect(Unsafe, void* argument) noexcept { argument_ = argument; }

private:
    u64 iar_;  // the whole word of GICC_IAR
    void* argument_;

    friend struct IrqLayout;
};

// Never blocks, allocates or panics; scripts/check_* prove it of everything that it can reach.
using IrqHandler = void (*)(IrqContext&) noexcept;

// Changed while other cores dispatch from it: irq.cpp says in which order, and vectors.S reads it in that order.
struct IrqEntry {
    arch::Atomic<IrqHandler> handler;
    arch::Atomic<void*> argument;
};

struct IrqLayout {
    static_assert(offsetof(IrqContext, iar_) == IRQ_IAR && offsetof(IrqContext, argument_) == IRQ_ARGUMENT);
    static_assert(sizeof(IrqContext) == IRQ_SIZE);
    static_assert(offsetof(IrqEntry, handler) == IRQ_ENTRY_HANDLER &&
                  offsetof(IrqEntry, argument) == IRQ_ENTRY_ARGUMENT);
    static_assert(sizeof(IrqEntry) == IRQ_ENTRY_SIZE);
};

// Ids that the architecture has; from here on they are special and never reach the table.
inline constexpr u32 max_irqs = 1020;
// Ids below belong to each core, the lower half of them to software.
inline constexpr u32 shared_irqs_begin = 32;
inline constexpr u32 software_irqs_end = 16;

}  // namespace quartet::kernel

// Indexed by vectors.S with whatever id the controller tells, hence one entry for each that exists.
extern "C" constinit std::array<quartet::kernel::IrqEntry, quartet::kernel::max_irqs> quartet_irq_table;

// vectors.S calls it for ids 1020-1023: nothing was acknowledged, nothing will be completed.
extern "C" void quartet_irq_special(quartet::kernel::IrqContext& context) noexcept;
