// SPDX-License-Identifier: MIT

#include "exhaust.hpp"
#include "fault_points.hpp"
#include "in_use.hpp"
#include "worker.hpp"

#include <quartet/quartet.hpp>

namespace quartet::torture {
namespace {

// A pass has some hundred allocations: if it comes to this it does not end.
constexpr u64 most_passes = 5000;

// Sizes that go round: a thread finds no stack of its size that another has left, so that one is freed and one is mapped.
constexpr u32 sizes = 16;

void spawn_large(Worker& worker, usize pages) {
    auto thread = Thread::spawn({.name = "tort-large", .affinity = core_0_mask, .stack_size = pages * 4096},
                                [](ThreadContext&) {});
    if (worker.done(thread, "spawn")) worker.expect(thread->join(worker.self).has_value(), "join");
}

void one_pass(ThreadContext& self, u64 number) {
    Worker worker{self, 0, 1};
    worker.operation = "each";
    start_data();
    for (u32 kind = 0; kind < object_kinds; ++kind) make_kind(worker, kind);
    for (u32 n = 0; n < 12; ++n) allocate(worker);
    for (const usize pages : {usize{9}, usize{40}, usize{70}}) spawn_large(worker, pages + number % sizes);
    for (void (*run)(Worker&) : {spawn_and_join, exit_deep, terminate_waiter, suspend_and_resume}) run(worker);
    for (void (*run)(Worker&) : {lock, queue, sleep, timer, interrupt, call}) run(worker);
    end_data(worker);
}

}  // namespace

void fail_each(shell::Output& out, ThreadContext& self) {
    check(kernel::set_affinity(this_thread::id(self), core_0_mask).has_value(), "core 0 runs threads");
    tally.begin();
    // What stays once it was needed (page tables, records of threads) is there after these.
    for (u64 n = 0; n < 2 * sizes; ++n) one_pass(self, n);
    u64 errors = tally.errors.load(arch::Order::Relaxed);
    const InUse first = in_use();
    u64 passes = 0;
    for (bool more = errors == 0; more;) {
        tally.begin();
        faults::fail_nth(passes + 1);
        one_pass(self, passes);
        faults::fail_nth(0);
        const u64 failed = faults::failed_allocations() - tally.failed_before;
        const u64 told = tally.refused.load(arch::Order::Relaxed);
        const u64 wrong = tally.errors.load(arch::Order::Relaxed);
        const InUse now = in_use();
        // The last pass, in which nothing failed any more, is judged as all others are.
        if (failed <= 1 && told == failed && wrong == 0 && now == first && passes < most_passes) {
            more = failed != 0;
            passes += failed;
            continue;
        }
        out.line(
            "torture: error: allocation {}: {} failed and {} told, {} errors; {} frames are left and {} objects live, "
            "not {} and {}",
            passes + 1, failed, told, wrong, now.frames_left, now.live_objects, first.frames_left, first.live_objects);
        errors += wrong != 0 ? wrong : 1;
        more = false;
    }
    check(kernel::set_affinity(this_thread::id(self), every_core).has_value(), "and so do others");
    out.line("torture: each of {} allocations failed once, {} errors", passes, errors);
}

}  // namespace quartet::torture
