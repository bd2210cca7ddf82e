// SPDX-License-Identifier: MIT

#include "crash.hpp"

#include "crash_keeper.hpp"
#include "crash_kinds.hpp"

#include <arch/atomic.hpp>
#include <arch/cpu.hpp>
#include <arch/crash.hpp>
#include <kernel/irq/irq.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/time/timer.hpp>
#include <sync/clock.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::debug {

namespace {

using kernel::CrashContext;
using kernel::CrashOrder;

// A software interrupt that the kernel does not use (ipi.hpp), attached while a fault is asked for in a handler.
constexpr u32 crash_irq = 5;

// Above every application: a job that started late would be a fault that nobody expects any more.
constexpr u8 crash_priority = kernel::priority_count - 1;

struct Job {
    const CrashKind* kind = nullptr;
    CrashContext context = CrashContext::Thread;
};
constinit Job job;
constinit arch::Atomic<u32> survived{0};

// In the order in which they are listed.
const CrashKind* kind_at(usize number) noexcept {
    for (auto kinds : {crash_kinds(), undefined_kinds()}) {
        if (number < kinds.size()) return &kinds[number];
        number -= kinds.size();
    }
    return nullptr;
}

const CrashKind* find(std::string_view name) {
    for (usize number = 0;; ++number) {
        const CrashKind* kind = kind_at(number);
        if (kind == nullptr || kind->name.view() == name) return kind;
    }
}

void cause_in_handler() noexcept {
    job.kind->cause();
    survived.store(1, arch::Order::Release);  // pairs with the acquire in wait_for_handler
}
void cause_in_handler(kernel::IrqContext&) noexcept { cause_in_handler(); }
void cause_in_handler(kernel::HandlerTimer&) noexcept { cause_in_handler(); }

void before_handler() {
    survived.store(0, arch::Order::Relaxed);
    if (job.kind->simd_before) quartet_crash_simd();
}

// Not asleep: the report is to name the thread that asked, not whoever runs when the interrupt arrives.
Status wait_for_handler() {
    if (!sync::wait_until(1000, [] { return survived.load(arch::Order::Acquire) != 0; })) return fail(Error::Timeout);
    return {};
}

Status trigger_and_wait() {
    if (Status status = kernel::irq::enable(crash_irq); !status) return status;
    before_handler();
    if (Status status = kernel::irq::trigger(crash_irq, arch::core_id()); !status) return status;
    return wait_for_handler();
}

Status cause_by_interrupt() {
    if (Status status = kernel::irq::attach(crash_irq, cause_in_handler, nullptr, {.name = "crash"}); !status)
        return status;
    Status caused = trigger_and_wait();
    // Of a kind that did no harm nothing stays behind: the id is the application's.
    Status detached = kernel::irq::detach(crash_irq);
    return caused ? detached : caused;
}

Status cause_by_timer() {
    kernel::HandlerTimer timer{cause_in_handler};
    before_handler();
    if (Status status = timer.start(kernel::milliseconds(1)); !status) return status;
    return wait_for_handler();
}

void cause_under_lock() {
    arch::IrqsMasked masked;
    sync::LockGuard guard{kernel::this_core(masked).lock, masked};
    job.kind->cause();
}

Status cause() {
    switch (job.context) {
        case CrashContext::Thread: job.kind->cause(); return {};
        case CrashContext::Irq: return cause_by_interrupt();
        case CrashContext::Lock: cause_under_lock(); return {};
        case CrashContext::Timer: return cause_by_timer();
    }
    return {};
}

void crash_thread(kernel::ThreadContext&, void*) { (void)cause(); }

std::string_view kind_name(usize number) noexcept {
    const CrashKind* kind = kind_at(number);
    return kind != nullptr ? kind->name.view() : std::string_view{};
}

u8 set_of(CrashContext context) {
    switch (context) {
        case CrashContext::Thread: return in_threads;
        case CrashContext::Irq:
        case CrashContext::Timer: return in_handlers;
        case CrashContext::Lock: return under_locks;
    }
    return 0;
}

Status run(kernel::ThreadContext& self, const CrashOrder& order) noexcept {
    const CrashKind* kind = find(order.kind);
    if (kind == nullptr) return fail(Error::NotFound);
    if (order.core) {
        if (*order.core >= max_cores) return fail(Error::Invalid);
        // Relaxed: a core that came online stays so.
        if (kernel::cores[*order.core].state.load(arch::Order::Relaxed) != kernel::CoreState::Online)
            return fail(Error::Invalid);
    }
    CrashContext context = order.context.value_or(kind->usual);
    if ((kind->contexts & set_of(context)) == 0) return fail(Error::InHandler);
    if (kind->prepare != nullptr) {
        if (Status status = kind->prepare(); !status) return status;
    }
    job = {kind, context};
    if (order.core) {
        auto thread = TRY(kernel::spawn(
            {.name = "crash", .priority = crash_priority, .affinity = u32{1} << *order.core}, crash_thread, nullptr));
        if (TRY(kernel::join_end(self, thread, kernel::seconds(5))).terminated) return fail(Error::Aborted);
    } else if (Status status = cause(); !status) {
        return status;
    }
    return {};
}

}  // namespace

constinit const kernel::CrashCommand crash_command{kind_name, run, show_crash_record, clear_crash_record,
                                                   note_good_end};

}  // namespace quartet::debug
