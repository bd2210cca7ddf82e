// SPDX-License-Identifier: MIT

#include "machine.hpp"

#include "chooser.hpp"
#include "fiber.hpp"
#include "invariants.hpp"
#include "machine_state.hpp"

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/handler.hpp>
#include <arch/irq_mask.hpp>
#include <arch/magazine.hpp>
#include <arch/panic_trap.hpp>
#include <kernel/fault/fault_words.hpp>
#include <kernel/sched/boot_scheduler.hpp>
#include <kernel/sched/priority_scheduler.hpp>
#include <kernel/sched/reschedule.hpp>
#include <kernel/thread/thread_records.hpp>
#include <kernel/time/tick.hpp>
#include <mm/magazine.hpp>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

// Where lines are counted.
extern "C" [[gnu::weak]] void __gcov_dump();

namespace quartet::sim {
namespace {

constexpr usize stack_size = 128_KiB;  // the host's frames are larger, under a sanitizer more so

Fiber* controller = nullptr;
Options options;
u64 most_masked = 0;
u64 points = 0;  // of this run: the report's may be those of another way that a search went
bool inside = false;  // the machine itself is at work
void (*body_function)() = nullptr;

bool pending(const SimCore& core) {
    if (core.reschedule_pending || arch::sim_counter >= core.timer_at) return true;
    return irq_pending != nullptr && irq_pending(static_cast<u32>(&core - machine));
}

void become(u32 number) {
    here().thread = arch::sim_thread_pointer;
    here().magazines = arch::sim_magazine_table;
    arch::sim_core_id = number;
    SimCore& core = machine[number];
    arch::sim_irqs_masked = &core.masked;
    arch::sim_in_handler = &core.in_handler;
    arch::sim_timer_at = &core.timer_at;
    arch::sim_thread_pointer = core.thread;
    arch::sim_magazine_table = core.magazines;
}

// The others that can go on.
u32 able() {
    u32 cores = 0;
    for (u32 number = 0; number < max_cores; ++number) {
        const SimCore& core = machine[number];
        if (core.paused == nullptr || number == arch::sim_core_id) continue;
        if (!core.waiting || pending(core)) cores |= 1u << number;
    }
    return cores;
}

void go_on_with(u32 number) {
    if (number == arch::sim_core_id) return;
    here().paused = &running_fiber();
    become(number);
    jump(*machine[number].paused);
}

// The interrupt slot of vectors.S: on the stack of the thread that was interrupted.
void take_interrupt() {
    SimCore& core = here();
    core.masked = true;
    core.in_handler = true;
    core.simd_open = false;  // the other vector table
    inside = false;
    if (arch::sim_counter >= core.timer_at) {
        core.timer_at = arch::timer_never;  // the handler sets it anew, or nobody wants it
        kernel::on_timer_interrupt();
    } else if (core.reschedule_pending) {
        core.reschedule_pending = false;
        kernel::on_reschedule_interrupt();
    } else {
        take_irq();
    }
    core.in_handler = false;
    if (kernel::cores[arch::sim_core_id].reschedule != 0) quartet_irq_reschedule();
    ++arch::sim_preemptions;  // sequences begin again, as by the tail on the machine
    inside = true;
    here().masked = false;  // perhaps another core by now
}

// Whether time alone changes anything here: a sleep that nothing ends, or a loop that takes no interrupt.
bool rests(const SimCore& core) {
    if (core.paused == nullptr && &core != &here()) return true;
    return core.waiting ? !pending(core) : core.spinning && (core.masked || !pending(core));
}

// When the first timer is due that is not a tick, and not due yet; `timer_never`: there is none.
u64 first_timer() {
    u64 first = arch::timer_never;
    for (u32 number = 0; number < max_cores; ++number) {
        if (options.leap_at_rest && !rests(machine[number])) return arch::timer_never;
        const u64 at = machine[number].timer_at;
        if (at == kernel::cores[number].tick_at || at >= first) continue;
        if (at <= arch::sim_counter && options.leap_at_rest) continue;
        if (at <= arch::sim_counter) return arch::timer_never;
        first = at;
    }
    return first;
}

void begin_point() {
    SimCore& self = here();
    figures().points = ++points;
    if (points > options.most_points)
        broken(Invariant::RunEnds, "the run does not end: a wake-up was lost, or somebody starves");
    self.points += 1;
    self.masked_points = self.masked ? self.masked_points + 1 : 0;
    if (self.masked_points > most_masked) most_masked = self.masked_points;
    arch::sim_counter += time_step(arch::sim_core_id, self.points);
    check_step(self, options.longest_flight);
}

void look() {
    if (!nothing_in_flight()) return;
    figures().rests += 1;
    check_rest();
    if (at_rest != nullptr) at_rest();
}

void pass(Place place) {
    if (inside) return;
    inside = true;
    begin_point();
    here().spinning = place == Place::Spin;
    const Point at{place, arch::sim_core_id, here().points, able()};
    if (u64 first = first_timer(); first != arch::timer_never && choose_leap(at)) arch::sim_counter = first;
    go_on_with(choose_core(at));
    look();
    if (!here().masked && pending(here()) && !choose_delay(at.core, at.at)) take_interrupt();
    inside = false;
}

void point() noexcept { pass(Place::Step); }
void spin() noexcept { pass(Place::Spin); }
bool pair_fails() noexcept {
    if (inside) return false;
    inside = true;
    const bool fails = choose_failure(arch::sim_core_id, here().points);
    inside = false;
    return fails;
}

// WFI: this core goes on when something is pending, masked or not.
void wait() noexcept {
    inside = true;
    here().waiting = true;
    for (;;) {
        begin_point();
        if (pending(here())) break;
        look();
        if (u32 others = able(); others != 0) {
            go_on_with(choose_core({Place::Sleep, arch::sim_core_id, here().points, others}));
            continue;
        }
        // Everybody sleeps: time passes until the first timer.
        u64 first = arch::timer_never;
        for (const SimCore& core : machine) first = core.timer_at < first ? core.timer_at : first;
        if (first == arch::timer_never) broken(Invariant::SomebodyWakes, "every core sleeps and nothing will wake one");
        if (arch::sim_counter < first) arch::sim_counter = first;
    }
    here().waiting = false;
    inside = false;
}

void send(u32 core) noexcept {
    arch::sim_point();
    machine[core].reschedule_pending = true;
}

void secondary(void* argument) {
    u32 number = static_cast<u32>(reinterpret_cast<uptr>(argument));
    mm::enter_core(number);
    inside = false;
    kernel::enter_priority_scheduler(number, {});
}

void boot(void*) {
    mm::enter_core(0);
    inside = false;
    kernel::number_cores();
    kernel::start_boot_scheduler(0, {});
    body_function();
    inside = true;
    check_end();
    jump(*controller);
}

}  // namespace

SimCore machine[max_cores];
u32 stacks_out = 0;
bool (*irq_pending)(u32 core) = nullptr;
void (*take_irq)() = nullptr;
void (*at_rest)() = nullptr;
u64 longest_masked() { return std::exchange(most_masked, 0); }

u64 seed() { return options.seed; }

const char* expected_end = nullptr;
void (*at_expected_end)() = nullptr;
void (*at_panic)(const void* note) = nullptr;

void fail(const std::string& what) {
    std::snprintf(figures().failure, Figures::most_text, "%s", what.c_str());
    std::fprintf(stderr, "sim: seed %llu, point %llu, core %u, thread %s: %s\n",
                 static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(points),
                 arch::sim_core_id, arch::sim_thread_pointer != nullptr ? kernel::current_thread().name : "-",
                 what.c_str());
    std::fflush(stderr);
    std::_Exit(1);
}

void broken(Invariant what, const std::string& words) {
    figures().broken = static_cast<u32>(what) + 1;
    fail(words);
}

void end_well() {
    if (__gcov_dump != nullptr) __gcov_dump();  // what _Exit leaves out
    std::_Exit(0);
}

arch::SimdState& simd_registers() {
    SimCore& core = here();
    if (core.simd_open) return core.simd;
    core.simd_open = true;
    kernel::Thread& self = kernel::current_thread();
    kernel::Core& record = kernel::cores[arch::sim_core_id];
    if (record.simd != 0) return core.simd;
    record.simd = 1;
    if (self.simd_used == 0) *self.simd = {};
    self.simd_used = 1;
    core.simd = *self.simd;
    return core.simd;
}

void point_between_halves() { pass(Place::Halves); }

// A handler draws by its core: the thread below it is whoever it happened to interrupt.
u32 choose(u32 limit) {
    const u32 who = here().in_handler ? ~arch::sim_core_id : kernel::current_thread().id;
    return draw(who, limit);
}

void release_core(u32 number) {
    bool was_inside = inside;
    inside = true;
    kernel::Thread& idle = kernel::idle_thread(number);
    Fiber& fiber = make_fiber(std::aligned_alloc(64, stack_size), stack_size, secondary,
                              reinterpret_cast<void*>(static_cast<uptr>(number)));
    fiber.active = true;
    if (idle.core.load(arch::Order::Relaxed) != &kernel::cores[number])
        fail("a core begins on a thread that does not name it");
    machine[number].thread = &idle;
    machine[number].paused = &fiber;
    inside = was_inside;
}

void run(const Options& wanted, void (*body)()) {
    options = wanted;
    start_choosing(wanted);
    body_function = body;
    arch::sim_core_id = 0;
    become(0);
    arch::sim_thread_pointer = &kernel::boot_flow;
    machine[0].masked = false;
    kernel::set_reschedule_sender(send);
    controller = &running_fiber();
    Fiber& flow = make_fiber(std::aligned_alloc(64, stack_size), stack_size, boot, nullptr);
    flow.active = true;
    arch::sim_hook = point;
    arch::sim_spin_hook = spin;
    arch::sim_weak_hook = pair_fails;
    arch::sim_wait_hook = wait;
    inside = true;
    jump(flow);
    arch::sim_hook = nullptr;
    arch::sim_spin_hook = nullptr;
    arch::sim_weak_hook = nullptr;
    arch::sim_wait_hook = nullptr;
}

}  // namespace quartet::sim

// In two halves, so that who could run the thread elsewhere meanwhile is seen to.
extern "C" void quartet_fp_save(quartet::arch::SimdState* state) noexcept {
    using namespace quartet;
    sim::SimCore& core = sim::machine[arch::sim_core_id];
    __builtin_memcpy(state->q, core.simd.q, sizeof state->q);
    sim::point_between_halves();
    state->fpcr = core.simd.fpcr;
    state->fpsr = core.simd.fpsr;
    core.simd_open = false;
}

// Of a check that failed (panic.cpp), too.
extern "C" void quartet_panic_trap(const void* note) noexcept {
    using namespace quartet;
    if (sim::at_panic != nullptr) sim::at_panic(note);
    const auto& said = *static_cast<const kernel::PanicNote*>(note);
    if (sim::expected_end != nullptr && said.what == sim::expected_end) {
        if (sim::at_expected_end != nullptr) sim::at_expected_end();
        sim::end_well();
    }
    sim::fail(std::string{said.what} + " (" + std::string{said.file} + ":" + std::to_string(said.line) + ")");
}

namespace quartet::kernel {

Result<std::span<std::byte>> allocate_stack(usize) noexcept {
    sim::stacks_out += 1;
    return std::span{static_cast<std::byte*>(std::aligned_alloc(64, sim::stack_size)), sim::stack_size};
}
void free_stack(std::span<std::byte> stack) noexcept {
    sim::stacks_out -= 1;
    std::free(stack.data());
}
Result<Thread*> allocate_record() noexcept { return new (std::nothrow) Thread; }

}  // namespace quartet::kernel
