// SPDX-License-Identifier: MIT
//
// The machine of the models: what tests/sim/machine.cpp is for the simulation. A core is one of relacy's threads; kernel threads
// are flows of boost.context that the cores run. Until relacy's cores take turns, one flow plays the start-up of all.
//
// An interrupt is pending at once when it is sent. The one order of memory that it brings is the one of who has published.

#include "machine.hpp"
#include "places.hpp"
#include "races.hpp"

#include "../sim/controller.hpp"
#include "../sim/machine.hpp"

#include <arch/context.hpp>
#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/handler.hpp>
#include <arch/irq_mask.hpp>
#include <arch/magazine.hpp>
#include <kernel/sched/boot_scheduler.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/sched/priority_scheduler.hpp>
#include <kernel/sched/reschedule.hpp>
#include <kernel/thread/thread_records.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/time/tick.hpp>
#include <mm/magazine.hpp>

#include <boost/context/detail/fcontext.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>

// The kernel's variables, which CMake has given sections of their own.
extern "C" {
extern char __start_kernel_data[], __stop_kernel_data[], __start_kernel_bss[], __stop_kernel_bss[];
}

namespace quartet::model {
namespace {

namespace ctx = boost::context::detail;

constexpr usize stack_bytes = 64 * 1024;
constexpr u32 most_flows = 16;
constexpr u32 most_threads = 8;

struct Flow {
    void* context = nullptr;
    void (*entry)(void*) = nullptr;
    void* argument = nullptr;
    bool active = false;  // some core is on its stack
};

struct ModelCore {
    Flow* running = nullptr;
    Flow* begins_in = nullptr;  // where the start-up left it
    Flow own;  // relacy's
    bool unfinished = false;  // the last jump was from thread to thread: the flow that comes finishes it
    bool masked = true;
    bool in_handler = false;
    bool reschedule_pending = false;
    u64 interrupt_began = 0;
    u64 timer_at = arch::timer_never;
    void* thread = nullptr;
    void* magazines = nullptr;
};

ModelCore all_cores[max_cores];
u32 core_count = 0;
bool starting = false;
bool inside = false;
Flow outside;  // who plays the start-up
Flow flows[most_flows];
u32 flows_used = 0;
alignas(64) char stacks[most_flows][stack_bytes];
u32 stacks_used = 0;

struct Body {
    u32 mask;
    u8 priority;
    void (*entry)(kernel::ThreadContext&, void*);
    void* argument;
};
Body bodies[most_threads];
u32 started = 0;
u32 ended = 0;

ModelCore& here() { return all_cores[arch::sim_core_id]; }

bool pending(u32 number) {
    const ModelCore& core = all_cores[number];
    if (core.reschedule_pending || arch::sim_counter >= core.timer_at) return true;
    return sim::irq_pending != nullptr && sim::irq_pending(number);
}

void become(u32 number) {
    here().thread = arch::sim_thread_pointer;
    here().magazines = arch::sim_magazine_table;
    arch::sim_core_id = number;
    ModelCore& core = all_cores[number];
    arch::sim_irqs_masked = &core.masked;
    arch::sim_in_handler = &core.in_handler;
    arch::sim_timer_at = &core.timer_at;
    arch::sim_thread_pointer = core.thread;
    arch::sim_magazine_table = core.magazines;
}

void jump(Flow& to) {
    Flow& from = *here().running;
    here().running = &to;
    ctx::transfer_t transfer = ctx::jump_fcontext(to.context, &from);
    static_cast<Flow*>(transfer.data)->context = transfer.fctx;
}

void leave(arch::SavedContext& from, const arch::SavedContext& to, bool between_threads) {
    auto& next = *reinterpret_cast<Flow*>(to.sp);
    if (next.active) refute("B3: a thread is run by two cores");
    Flow& self = *here().running;
    from.sp = reinterpret_cast<uptr>(&self);
    self.active = false;
    next.active = true;
    here().unfinished = between_threads;
    jump(next);
}

void arrive() {
    while (here().unfinished) {
        here().unfinished = false;
        arch::NextSwitch next = arch::quartet_finish_switch();
        if (next.to == nullptr) return;
        leave(*next.from, *next.to, true);
    }
}

void begin(ctx::transfer_t transfer) {
    static_cast<Flow*>(transfer.data)->context = transfer.fctx;
    arrive();
    Flow& self = *here().running;
    self.entry(self.argument);
    refute("a flow of control returned");
}

Flow& make_flow(void* stack, usize size, void (*entry)(void*), void* argument) {
    if (flows_used == most_flows) std::abort();
    Flow& flow = flows[flows_used++];
    flow = {.entry = entry, .argument = argument};
    flow.context = ctx::make_fcontext(static_cast<char*>(stack) + size, size, begin);
    return flow;
}

std::span<std::byte> take_stack() {
    if (stacks_used == most_flows) std::abort();
    return {reinterpret_cast<std::byte*>(stacks[stacks_used++]), stack_bytes};
}

// In the start-up: this core has come as far as it shall.
void stop_here() {
    here().begins_in = here().running;
    jump(outside);
}

void go_to(u32 number, Flow& flow) {
    become(number);
    here().running = &outside;
    jump(flow);
}

void take_interrupt() {
    ModelCore& core = here();
    core.masked = true;
    core.in_handler = true;
    core.interrupt_began = arch::sim_counter;
    inside = false;
    after_interrupt();
    if (arch::sim_counter >= core.timer_at) {
        core.timer_at = arch::timer_never;
        kernel::on_timer_interrupt();
    } else if (core.reschedule_pending) {
        core.reschedule_pending = false;
        kernel::on_reschedule_interrupt();
    } else {
        sim::take_irq();
    }
    here().in_handler = false;
    if (kernel::cores[arch::sim_core_id].reschedule != 0) {
        ++arch::sim_preemptions;
        quartet_irq_reschedule();
    }
    here().masked = false;
}

void point() noexcept {
    if (inside || !in_run()) return;
    inside = true;
    const bool now = !here().masked && pending(arch::sim_core_id) && (starting || choose(2) == 0);
    if (!starting) arch::sim_counter += 1;
    if (now) take_interrupt();
    inside = false;
}

void wait() noexcept {
    while (!pending(arch::sim_core_id)) {
        if (starting) {
            stop_here();
            continue;
        }
        if (ended == started) {
            jump(here().own);
            continue;
        }
        pass();
        // The time passes while somebody waits for it.
        if (here().timer_at != arch::timer_never && choose(4) == 0 && arch::sim_counter < here().timer_at)
            arch::sim_counter = here().timer_at;
    }
}

void send(u32 core) noexcept {
    arch::sim_point();
    all_cores[core].reschedule_pending = true;
}

void secondary(void* argument) {
    const u32 number = static_cast<u32>(reinterpret_cast<uptr>(argument));
    mm::enter_core(number);
    inside = false;
    kernel::enter_priority_scheduler(number, {});
}

void run_body(kernel::ThreadContext& self, void* argument) {
    Body& body = *static_cast<Body*>(argument);
    if (starting) stop_here();
    body.entry(self, body.argument);
    ended += 1;
}

void boot(void*) {
    mm::enter_core(0);
    inside = false;
    kernel::number_cores();
    kernel::start_boot_scheduler(0, {});
    if (!kernel::start_priority_scheduler()) refute("the scheduler did not start");
    (void)kernel::set_priority(kernel::current(), 31);
    stop_here();
    for (u32 n = 0; n < started; ++n) {
        const Body& body = bodies[n];
        const auto thread = kernel::spawn({.priority = body.priority, .affinity = body.mask}, run_body, &bodies[n]);
        if (!thread) refute("a thread did not start");
        (void)kernel::detach(*thread);
    }
    kernel::ThreadContext self = kernel::ThreadContext::current(Unsafe{"the boot flow is a thread"});
    kernel::exit_thread(self);
}

char* saved_data = nullptr;
char* saved_bss = nullptr;

void copy_variables(char* begin, char* end, char*& saved) {
    const usize size = static_cast<usize>(end - begin);
    if (saved == nullptr) {
        saved = static_cast<char*>(std::malloc(size + 1));
        std::memcpy(saved, begin, size);
    } else {
        std::memcpy(begin, saved, size);
    }
}

// All as it was before the first run.
void reset() {
    copy_variables(__start_kernel_data, __stop_kernel_data, saved_data);
    copy_variables(__start_kernel_bss, __stop_kernel_bss, saved_bss);
    for (ModelCore& core : all_cores) core = {};
    core_count = flows_used = stacks_used = started = ended = 0;
    machine::forget_records();
    starting = inside = false;
    arch::sim_core_id = 0;
    arch::sim_counter = 0;
    arch::sim_preemptions = 0;
    arch::sim_thread_pointer = nullptr;
    arch::sim_hook = nullptr;
    arch::sim_wait_hook = nullptr;
    sim::irq_pending = nullptr;
    sim::take_irq = nullptr;
    outside = {};
    become(0);
}

void become_if_other(u32 number) {
    if (!starting && number != arch::sim_core_id) become(number);
}

const bool hooked = [] {
    reset_hook = reset;
    become_hook = become_if_other;
    races::leave_out(all_cores, sizeof all_cores);
    races::leave_out(&arch::sim_core_id, sizeof arch::sim_core_id);
    races::leave_out(&arch::sim_counter, sizeof arch::sim_counter);
    races::leave_out(&arch::sim_preemptions, sizeof arch::sim_preemptions);
    races::leave_out(&arch::sim_thread_pointer, sizeof arch::sim_thread_pointer);
    races::leave_out(&arch::sim_magazine_table, sizeof arch::sim_magazine_table);
    races::leave_out(&arch::sim_irqs_masked, sizeof arch::sim_irqs_masked);
    races::leave_out(&arch::sim_in_handler, sizeof arch::sim_in_handler);
    races::leave_out(&arch::sim_timer_at, sizeof arch::sim_timer_at);
    races::leave_out(&arch::sim_hook, sizeof arch::sim_hook);
    races::leave_out(&arch::sim_wait_hook, sizeof arch::sim_wait_hook);
    return true;
}();

}  // namespace

namespace machine {

void start(u32 cores, Interrupts interrupts) {
    core_count = cores;
    starting = true;
    arch::sim_hook = point;
    arch::sim_wait_hook = wait;
    inside = true;
    outside.active = true;
    become(0);
    arch::sim_thread_pointer = &kernel::boot_flow;
    here().masked = false;
    kernel::set_reschedule_sender(send);
    if (interrupts == Interrupts::Controller) sim::start_interrupts(cores);
    arch::sim_hook = point;
    Flow& flow = make_flow(take_stack().data(), stack_bytes, boot, nullptr);
    flow.active = true;
    go_to(0, flow);
    for (u32 number = 1; number < cores; ++number) {
        kernel::Thread& idle = kernel::idle_thread(number);
        Flow& own = make_flow(take_stack().data(), stack_bytes, secondary, reinterpret_cast<void*>(uptr{number}));
        own.active = true;
        idle.core.store(&kernel::cores[number], arch::Order::Relaxed);
        all_cores[number].thread = &idle;
        inside = true;
        go_to(number, own);
    }
    become(0);
}

void thread(u32 mask, u8 priority, void (*entry)(kernel::ThreadContext&, void*), void* argument) {
    if (started == most_threads) std::abort();
    bodies[started++] = {mask, priority, entry, argument};
}

void begin_threads() {
    if (!starting) return;
    for (u32 number = 0; number < core_count; ++number) go_to(number, *all_cores[number].begins_in);
    become(0);
    starting = false;
}

u64 interrupt_began() { return here().interrupt_began; }

void run_core(u32 number) {
    here().own.active = true;
    here().running = &here().own;
    (void)number;
    jump(*here().begins_in);
}

}  // namespace machine
}  // namespace quartet::model

namespace quartet::sim {

bool (*irq_pending)(u32 core) = nullptr;
void (*take_irq)() = nullptr;
[[noreturn]] void fail(const std::string& what) { model::refute(what.c_str()); }
u32 choose(u32 limit) { return model::choose(limit); }

}  // namespace quartet::sim

namespace quartet {

[[noreturn]] void check_failed(const char* what, SourcePlace) { model::refute(what); }

}  // namespace quartet

namespace quartet::arch {

void prepare_context(Unsafe, SavedContext& context, std::span<std::byte> stack, ContextEntry entry, void* argument) {
    context.sp = reinterpret_cast<uptr>(&model::make_flow(stack.data(), stack.size(), entry, argument));
}

extern "C" void quartet_switch_context(SavedContext* from, const SavedContext* to) noexcept {
    model::leave(*from, *to, false);
    model::arrive();
}

extern "C" void quartet_switch_thread(SavedContext* from, const SavedContext* to, void*) noexcept {
    model::leave(*from, *to, true);
    model::arrive();
}

}  // namespace quartet::arch

// No model's thread uses SIMD.
extern "C" void quartet_fp_save(quartet::arch::SimdState*) noexcept { std::abort(); }

namespace quartet::kernel {

Result<std::span<std::byte>> allocate_stack(usize) noexcept { return model::take_stack(); }
void free_stack(std::span<std::byte>) noexcept {}

}  // namespace quartet::kernel
