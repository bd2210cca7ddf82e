// SPDX-License-Identifier: MIT

#include <arch/context.hpp>
#include <arch/cpu.hpp>
#include <kernel/sched/boot_scheduler.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/sched/priority_scheduler.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/thread/thread_records.hpp>

namespace quartet::kernel {
namespace {

using Order = arch::Order;

// One core runs, so masked interrupts are all the exclusion that this needs.
struct BootThreads {
    Thread* threads[boot_thread_limit] = {};
    u32 count = 0;
};
constinit BootThreads boot;

// The one after `self` that is ready; `self` itself comes last. Null: all are blocked.
Thread* next_ready(const Thread& self) {
    u32 begin = 0;
    while (begin < boot.count && boot.threads[begin] != &self) ++begin;
    for (u32 step = 1; step <= boot.count; ++step) {
        Thread* thread = boot.threads[(begin + step) % boot.count];
        if (thread->state == ThreadState::Ready) return thread;
    }
    return nullptr;
}

void switch_to(Thread& self, Thread& next, const arch::IrqsMasked& masked) {
    if (&next == &self) return;
    Core& core = *self.core.load(Order::Relaxed);
    core.current = &next;
    if (core.simd != 0) put_simd_away(core, self, masked);
    self.switches += 1;
    arch::set_thread_pointer(Unsafe{"the next instructions continue as that thread"}, &next);
    // Left under this scheduler, it may be continued by the other one, whose switch then opens its run queue.
    arch::switch_context(Unsafe{"there is one core, and `next` left it the same way"}, self.context, next.context);
}

void yield(Thread& self) noexcept {
    arch::IrqsMasked masked;
    switch_to(self, *next_ready(self), masked);
}

void leave(const Thread& self) {
    u32 kept = 0;
    for (u32 n = 0; n < boot.count; ++n) {
        if (boot.threads[n] != &self) boot.threads[kept++] = boot.threads[n];
    }
    boot.count = kept;
}

// Until somebody is ready: an interrupt makes it so.
Thread& await_ready(const Thread& self, const arch::IrqsMasked& masked) {
    for (;;) {
        if (Thread* next = next_ready(self)) return *next;
        arch::wait_for_interrupt(masked);
        arch::unmask_irqs(Unsafe{"the boot scheduler's data is whole; what is pending is taken here"});
        arch::mask_irqs(Unsafe{"back to how the caller's guard left them"});
    }
}

void block(Thread& self, ThreadState state, const arch::IrqsMasked& masked) noexcept {
    // The priority does not change between a wait's announcement and here: one core, masked.
    u8 came = self.before_block;
    self.before_block = 0;
    if ((came & wake_came) != 0) return;
    self.state = state;
    switch_to(self, await_ready(self, masked), masked);
}

void wake(Thread& thread, const arch::IrqsMasked&) noexcept {
    if (thread.state == ThreadState::Blocked || thread.state == ThreadState::Sleeping)
        thread.state = ThreadState::Ready;
    else thread.before_block |= wake_came;
}

void start(Thread& thread, const arch::IrqsMasked&) noexcept {
    check(boot.count < boot_thread_limit, "the boot scheduler has room for its threads");
    thread.core.store(current_thread().core.load(Order::Relaxed), Order::Relaxed);
    thread.state = ThreadState::Ready;
    boot.threads[boot.count++] = &thread;
}

void reschedule(Thread&) noexcept {}

void exit(Thread& self) noexcept {
    arch::IrqsMasked masked;
    announce_end(self, masked);
    self.state = ThreadState::Dead;
    leave(self);
    // Its stack is in use until the switch, but who could take it is another thread of this core, and runs after that.
    release_flow(self);
    switch_to(self, await_ready(self, masked), masked);
}

}  // namespace

constinit Thread boot_flow;
constinit arch::Atomic<const SchedulerOps*> active_scheduler{&boot_scheduler_ops};

constinit const SchedulerOps boot_scheduler_ops{
    .name = "boot",
    .yield = yield,
    .block = block,
    .wake = wake,
    .start = start,
    .reschedule = reschedule,
    .exit = exit,
};

void start_boot_scheduler(u32 number, std::span<std::byte> stack) noexcept {
    Core& core = cores[number];
    boot_flow.core.store(&core, Order::Relaxed);
    boot_flow.stack = stack;
    boot_flow.used_once = true;
    // Nobody joins it: the flow's own, and no handle's.
    boot_flow.references.store(1, Order::Relaxed);
    boot_flow.claimed = true;
    boot_flow.priority = boot_flow.base_priority = default_priority;
    boot_flow.slice_ticks = boot_flow.slice_left = ticks_per_second / 100;
    boot_flow.state = ThreadState::Ready;
    adopt_flow(boot_flow);
    name_record(boot_flow, "main");
    register_record(boot_flow);
    core.current = &boot_flow;
    boot.threads[boot.count++] = &boot_flow;
}

Result<ThreadHandle> spawn_boot_thread(Thread& record, std::span<std::byte> stack, std::string_view name, u8 priority,
                                       ThreadEntry entry, void* argument) noexcept {
    if (boot.count == boot_thread_limit) return fail(Error::NoMemory);
    if (entry == nullptr || priority >= priority_count || stack.size() < smallest_stack) return fail(Error::Invalid);
    if ((__builtin_bit_cast(uptr, stack.data()) | stack.size()) % stack_alignment != 0) return fail(Error::Invalid);
    give_stack(record, stack);
    record.used_once = true;
    register_record(record);
    prepare_thread(record, {.name = name, .priority = priority}, entry, argument);
    arch::IrqsMasked masked;
    boot_scheduler_ops.start(record, masked);
    return ThreadHandle{record, 0};
}

std::span<Thread* const> boot_threads() noexcept { return {boot.threads, boot.count}; }

}  // namespace quartet::kernel
