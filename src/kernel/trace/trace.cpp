// SPDX-License-Identifier: MIT
//
// Recording begins and ends on each core by a call to it, so what decides whether it records is written and read by that core
// alone; and when the calls are over nobody is inside an event of the time before.

#include <kernel/trace/trace.hpp>

#include <arch/linear_map.hpp>
#include <arch/probe.hpp>
#include <arch/thread_stack.hpp>
#include <kernel/irq/cross_call.hpp>
#include <kernel/irq/irq_lines.hpp>
#include <kernel/sched/core.hpp>
#include <mm/memory.hpp>

#include <memory>

namespace quartet::kernel::trace {
namespace {

using Order = arch::Order;
using Slot = sync::TraceRing::Slot;

constinit sync::TraceRing rings[max_cores];
constexpr u32 most_callers = 12;
// Guarded by who records: one thread at a time.
constinit Slot* memory = nullptr;
constinit u32 shift_now = 0;
// The table of handlers of a core that records: each entry is irq::dispatch_traced.
constinit IrqEntry* traced_table = nullptr;

// Whole frames for `count` objects. Errors: NoMemory.
template <typename T>
Result<T*> take_frames(usize count) noexcept {
    const PhysAddr block = TRY(mm::kernel_frames.allocate(mm::order_for(count * sizeof(T))));
    auto* first = static_cast<T*>(arch::linear_pointer(Unsafe{"the frame allocator gives RAM"}, block));
    for (usize n = 0; n < count; ++n) std::construct_at(first + n);
    return first;
}

Status prepare(u32 shift) noexcept {
    if (traced_table == nullptr) {
        traced_table = TRY(take_frames<IrqEntry>(max_irqs));
        // Relaxed: the call that gives the table to a core orders it.
        for (u32 id = 0; id < max_irqs; ++id) traced_table[id].handler.store(irq::dispatch_traced, Order::Relaxed);
    }
    if (shift != shift_now) {
        Slot* const fresh = TRY(take_frames<Slot>(usize{max_cores} << shift));
        if (memory != nullptr)
            mm::kernel_frames.free(arch::linear_physical(Unsafe{"from take_frames"}, memory),
                                   mm::order_for(sizeof(Slot) * max_cores << shift_now));
        memory = fresh;
        shift_now = shift;
    }
    for (u32 core = 0; core < max_cores; ++core) rings[core].give(memory + (usize{core} << shift), shift);
    return {};
}

void begin_here(IrqContext& context) noexcept {
    arch::IrqsMasked masked;  // they are; this is the proof
    Core& core = this_core(masked);
    if (*static_cast<const What*>(context.argument()) == What::Samples) {
        core.samples = &rings[core.id];
        return;
    }
    core.trace = &rings[core.id];
    core.traced = 1;
    core.irq_table = traced_table;
    // Who runs, for the time up to the first switch.
    const Thread& thread = current_thread();
    core.trace->put(TraceKind::Switch, thread.id, sync::switch_detail(thread.id, 0));
}

void end_here(IrqContext&) noexcept {
    arch::IrqsMasked masked;  // they are; this is the proof
    Core& core = this_core(masked);
    core.trace = core.samples = nullptr;
    core.traced = 0;
    core.irq_table = quartet_irq_table.data();
}

// One after the other, to the end; the first failure is told.
Status on_all_cores(ThreadContext& self, IrqHandler work, void* argument) noexcept {
    Status all;
    for (u32 core = 0; core < max_cores; ++core) {
        CrossCall call{work, argument};
        if (!call.send(core)) continue;  // it has not started
        if (Status called = call.wait(self); !called) all = called;
    }
    return all;
}

}  // namespace

constinit arch::Atomic<bool> recording{false};

void record(TraceKind kind, u32 subject, u32 detail) noexcept {
    arch::IrqsMasked masked;
    sync::TraceRing* const ring = this_core(masked).trace;
    if (ring != nullptr) ring->put(kind, subject, detail);
}

void sample(Core& core) noexcept {
    const Thread& thread = current_thread();
    const uptr bottom = __builtin_bit_cast(uptr, thread.stack.data());
    const Unsafe in_handler{"the timer's handler alone samples"};
    uptr record = arch::interrupted_record(in_handler);
    for (u32 depth = 0; depth <= most_callers; ++depth) {
        // Each record lies above the one before, and in the stack of the thread, which is mapped.
        if (record % 8 != 0 || record < bottom || record - bottom + 16 > thread.stack.size()) return;
        const u64 pc = arch::load_word(Unsafe{"within the running thread's stack"}, record + 8);
        if (depth != 0 && pc >> 32 != arch::image_base >> 32) return;
        core.samples->put(depth == 0 ? TraceKind::Sample : TraceKind::Caller, static_cast<u32>(pc),
                          depth == 0 ? thread.id : depth);
        if (depth == 0) core.samples->put(TraceKind::Link, static_cast<u32>(arch::interrupted_lr(in_handler)), 0);
        const uptr above = arch::load_word(Unsafe{"within the running thread's stack"}, record);
        if (above <= record) return;
        record = above;
    }
}

Status start(ThreadContext& self, u32 shift, What what) noexcept {
    if (shift < least_shift || shift > most_shift) return fail(Error::Invalid);
    TRY(stop(self));
    TRY(prepare(shift));
    if (Status begun = on_all_cores(self, begin_here, &what); !begun) {
        static_cast<void>(stop(self));
        return begun;
    }
    recording.store(what == What::Events, Order::Relaxed);
    return {};
}

Status stop(ThreadContext& self) noexcept {
    recording.store(false, Order::Relaxed);
    return on_all_cores(self, end_here, nullptr);
}

const sync::TraceRing& ring_of(u32 core) noexcept { return rings[core]; }

}  // namespace quartet::kernel::trace

namespace quartet::kernel::irq {

void dispatch_traced(IrqContext& context) noexcept {
    const u32 id = context.id();
    const IrqEntry& entry = quartet_irq_table[id];
    // Acquire as vectors.S does, for the same two reasons.
    const IrqHandler handler = entry.handler.load(arch::Order::Acquire);
    context.redirect(Unsafe{"the entry's own, and its handler is called"}, entry.argument.load(arch::Order::Relaxed));
    trace::record(trace::TraceKind::IrqEnter, id, 0);
    handler(context);
    trace::record(trace::TraceKind::IrqExit, id, 0);
}

}  // namespace quartet::kernel::irq

// spin_wait.S, on a core that records: the wait for a spin lock begins, or is over. Masked.
extern "C" void quartet_lock_waits(const quartet::u32* word, quartet::sync::TraceKind kind) noexcept {
    using namespace quartet::kernel;
    trace::record(kind, trace::lower_half(word), 0);
}
