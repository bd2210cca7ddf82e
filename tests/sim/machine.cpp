// SPDX-License-Identifier: MIT

#include "machine.hpp"

#include "fiber.hpp"

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/handler.hpp>
#include <arch/irq_mask.hpp>
#include <arch/magazine.hpp>
#include <arch/restart.hpp>
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

namespace quartet::sim {
namespace {

constexpr u32 longest_hold = 400;      // points: several switches, pulls and hand-overs of another core
constexpr usize stack_size = 128_KiB;  // the host's frames are larger, under a sanitizer more so

struct SimCore {
    Fiber* paused = nullptr;  // where it goes on; null: not begun
    bool masked = true;
    bool in_handler = false;
    bool waiting = false;  // in WFI
    bool reschedule_pending = false;
    u64 timer_at = arch::timer_never;
    u64 held_until = 0;  // a point: not chosen before
    u64 masked_points = 0;  // in a row
    void* thread = nullptr;
    void* magazines = nullptr;
    bool simd_open = false;
    arch::SimdState simd{};
};

SimCore machine[max_cores];
Fiber* controller = nullptr;
Options options;
u64 random_state = 1;
u64 points = 0;
u64 rests = 0;
u64 most_masked = 0;
bool inside = false;  // the machine itself is at work
void (*body_function)() = nullptr;

u64 next_random() {
    // xorshift64*: small, and the same on every host.
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545'f491'4f6c'dd1d;
}

SimCore& here() { return machine[arch::sim_core_id]; }

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

// Another core that can go on, and is not held; `max_cores` where there is none.
u32 choose_other() {
    u32 ready[max_cores];
    u32 count = 0;
    for (u32 number = 0; number < max_cores; ++number) {
        const SimCore& core = machine[number];
        bool begun = core.paused != nullptr && number != arch::sim_core_id;
        if (begun && core.held_until <= points && (!core.waiting || pending(core))) ready[count++] = number;
    }
    return count != 0 ? ready[choose(count)] : max_cores;
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

bool nothing_in_flight() {
    for (u32 number = 0; number < max_cores; ++number) {
        const SimCore& core = machine[number];
        const kernel::Core& record = kernel::cores[number];
        if (core.paused == nullptr && number != arch::sim_core_id) continue;
        if (core.masked && !core.waiting) return false;
        if (core.in_handler || core.reschedule_pending || record.reschedule != 0) return false;
        if (record.lock.taken()) return false;
    }
    return true;
}

void look() {
    if (at_rest == nullptr || !nothing_in_flight()) return;
    rests += 1;
    at_rest();
}

// One in `hold_one_in` holds this core for so long that others do a whole piece of work meanwhile.
void point_that_holds(u32 hold_one_in) {
    if (inside) return;
    inside = true;
    if (++points > options.most_points) fail("the run does not end: a wake-up was lost, or somebody starves");
    SimCore& self = here();
    self.masked_points = self.masked ? self.masked_points + 1 : 0;
    if (self.masked_points > most_masked) most_masked = self.masked_points;
    arch::sim_counter += choose(8);
    bool held = choose(hold_one_in) == 0;
    if (held) here().held_until = points + choose(longest_hold);
    if (held || choose(options.switch_one_in) == 0) {
        if (u32 number = choose_other(); number != max_cores) go_on_with(number);
    }
    look();
    if (!here().masked && pending(here()) && choose(2) == 0) take_interrupt();
    inside = false;
}

void point() noexcept { point_that_holds(options.hold_one_in); }

// WFI: this core goes on when something is pending, masked or not.
void wait() noexcept {
    inside = true;
    here().waiting = true;
    for (;;) {
        if (++points > options.most_points) fail("the run does not end: a wake-up was lost, or somebody starves");
        if (pending(here())) break;
        look();
        if (u32 number = choose_other(); number != max_cores) {
            arch::sim_counter += choose(8);
            go_on_with(number);
            continue;
        }
        bool held = false;
        for (SimCore& core : machine) {
            held |= core.held_until > points;
            core.held_until = 0;
        }
        if (held) continue;
        // Everybody sleeps: time passes until the first timer.
        u64 first = arch::timer_never;
        for (const SimCore& core : machine) first = core.timer_at < first ? core.timer_at : first;
        if (first == arch::timer_never) fail("every core sleeps and nothing will wake one");
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
    kernel::start_boot_scheduler(0, {});
    body_function();
    inside = true;
    jump(*controller);
}

}  // namespace

bool (*irq_pending)(u32 core) = nullptr;
void (*take_irq)() = nullptr;
void (*at_rest)() = nullptr;
u64 rests_seen() { return rests; }
u64 points_seen() { return points; }
u64 longest_masked() { return std::exchange(most_masked, 0); }
u64 seed() { return options.seed; }

const char* expected_end = nullptr;
void (*at_expected_end)() = nullptr;

void fail(const std::string& what) {
    std::fprintf(stderr, "sim: seed %llu, point %llu, core %u, thread %s: %s\n",
                 static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(points),
                 arch::sim_core_id, arch::sim_thread_pointer != nullptr ? kernel::current_thread().name : "-",
                 what.c_str());
    std::fflush(stderr);
    std::_Exit(1);
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

void point_between_halves() { point_that_holds(4); }

u32 choose(u32 limit) { return static_cast<u32>((next_random() >> 33) % limit); }

void release_core(u32 number) {
    bool was_inside = inside;
    inside = true;
    kernel::Thread& idle = kernel::idle_thread(number);
    Fiber& fiber = make_fiber(std::aligned_alloc(64, stack_size), stack_size, secondary,
                              reinterpret_cast<void*>(static_cast<uptr>(number)));
    fiber.active = true;
    idle.core.store(&kernel::cores[number], arch::Order::Relaxed);
    machine[number].thread = &idle;
    machine[number].paused = &fiber;
    inside = was_inside;
}

void run(const Options& wanted, void (*body)()) {
    options = wanted;
    random_state = wanted.seed * 0x9e37'79b9'7f4a'7c15 + 1;
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
    arch::sim_wait_hook = wait;
    inside = true;
    jump(flow);
    arch::sim_hook = nullptr;
    arch::sim_wait_hook = nullptr;
}

}  // namespace quartet::sim

namespace quartet::arch {

// No sequence of the simulated threads has an address: their frames hold none.
extern "C" const RestartRange quartet_restart_ranges[2]{};
extern "C" const char quartet_restart_begin[RESTART_SPAN]{};

}  // namespace quartet::arch

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

namespace quartet {

[[noreturn]] void check_failed(const char* what, SourcePlace where) {
    if (sim::expected_end != nullptr && std::string{what} == sim::expected_end) {
        if (sim::at_expected_end != nullptr) sim::at_expected_end();
        std::_Exit(0);
    }
    sim::fail(std::string{what} + " (" + where.file_name() + ":" + std::to_string(where.line()) + ")");
}

}  // namespace quartet

namespace quartet::kernel {

Result<std::span<std::byte>> allocate_stack(usize) noexcept {
    return std::span{static_cast<std::byte*>(std::aligned_alloc(64, sim::stack_size)), sim::stack_size};
}
void free_stack(std::span<std::byte> stack) noexcept { std::free(stack.data()); }
Result<Thread*> allocate_record() noexcept { return new (std::nothrow) Thread; }

}  // namespace quartet::kernel
