// SPDX-License-Identifier: MIT
//
// Threads that come and go: each works out something on its own stack while others interrupt it, and what it leaves is
// compared with what it has to be.

#include "worker.hpp"

#include <kernel/sched/core.hpp>

#include <array>
#include <bit>

namespace quartet::torture {
namespace {

constexpr usize words_on_stack = 96;

// Fills, lets others run, reads again: a stack that two threads share, or registers that a switch loses, change it.
u64 work_on_stack(ThreadContext& self, u64 seed) {
    std::array<u64, words_on_stack> words;
    for (usize n = 0; n < words.size(); ++n) words[n] = mixed(seed + n);
    this_thread::yield(self);
    u64 sum = 0;
    for (const u64 word : words) sum += word;
    return sum;
}

u64 expected_work(u64 seed) {
    u64 sum = 0;
    for (usize n = 0; n < words_on_stack; ++n) sum += mixed(seed + n);
    return sum;
}

ThreadOptions some_options(Random& random, std::string_view name) {
    return {.name = name,
            .priority = static_cast<u8>(random.from(4, 20)),
            .affinity = random.one_in(3) ? u32{1} << random.below(max_cores) : every_core,
            .stack_size = usize{4096} * random.from(2, 8)};
}

bool possible(const ThreadOptions& options) {
    for (u32 core = 0; core < max_cores; ++core)
        if ((options.affinity >> core & 1) != 0 && usable(core)) return true;
    return false;
}

void* as_value(u64 number) { return std::bit_cast<void*>(number); }

constexpr u32 deepest = 12;

// What a frame holds for those below it: where the next one above is, and what that thread's frame of this depth has to hold.
struct Step {
    const Step* above;
    u64 held;
};

// Whether the frames of all who wait for `lowest` are there, each with what it holds, each below the one that called it.
bool all_there(const Step* lowest, u64 value, u32 frames) {
    u32 found = 0;
    for (const Step* at = lowest; at != nullptr; at = at->above) {
        if (at->held != mixed(value + found)) return false;
        if (at->above != nullptr && std::bit_cast<uptr>(at) + sizeof(Step) > std::bit_cast<uptr>(at->above))
            return false;
        found += 1;
    }
    return found == frames;
}

// Leaves at depth 0, `frames` frames below its first caller. The step is reached by those below, and read after the call: a
// compiler that went on in the caller's frame would lose it. Who comes back from below leaves no value at all.
[[gnu::noinline]] u64 leave_from_below(ThreadContext& self, const Step* above, u64 value, u32 depth, u32 frames) {
    if (depth > deepest) return 0;
    const Step step{above, mixed(value + depth)};
    if (depth == 0) this_thread::exit(self, as_value(all_there(&step, value, frames) ? value : ~value));
    const u64 below = leave_from_below(self, &step, value, depth - 1, frames);
    return below ^ step.held;
}

}  // namespace

void spawn_and_join(Worker& worker) {
    const u64 seed = worker.random.next();
    const ThreadOptions options = some_options(worker.random, "tort-work");
    if (!possible(options)) return;
    auto thread = Thread::spawn(options, [seed](ThreadContext& self) { return as_value(work_on_stack(self, seed)); });
    if (!worker.done(thread, "spawn")) return;
    auto end = thread->join(worker.self);
    if (!worker.expect(end.has_value(), "join")) return;
    worker.expect(std::bit_cast<u64>(end->value) == expected_work(seed), "what a thread worked out");
    worker.expect(!end->terminated, "nobody terminated it");
}

void exit_deep(Worker& worker) {
    const u64 value = worker.random.next();
    const u32 depth = worker.random.below(deepest);
    const ThreadOptions options = some_options(worker.random, "tort-exit");
    if (!possible(options)) return;
    auto thread = Thread::spawn(options, [=](ThreadContext& self) {
        // Coming back is an end without a value, which is not what exit was given.
        static_cast<void>(leave_from_below(self, nullptr, value, depth, depth + 1));
    });
    if (!worker.done(thread, "spawn")) return;
    auto end = thread->join(worker.self);
    if (!worker.expect(end.has_value(), "join")) return;
    worker.expect(std::bit_cast<u64>(end->value) == value && !end->terminated, "what exit was given");
}

void terminate_waiter(Worker& worker) {
    Semaphore never;
    const bool at_once = worker.random.one_in(2);  // perhaps before it has begun
    const ThreadOptions options = some_options(worker.random, "tort-ended");
    if (!possible(options)) return;
    auto thread = Thread::spawn(options, [&never](ThreadContext& self) { static_cast<void>(never.take(self)); });
    if (!worker.done(thread, "spawn")) return;
    if (!at_once) this_thread::sleep_for(worker.self, kernel::microseconds(worker.random.below(200)));
    worker.expect(thread->terminate(worker.self).has_value(), "terminate");
    auto end = thread->join(worker.self);
    if (worker.expect(end.has_value(), "join")) worker.expect(end->terminated, "it was terminated");
    worker.expect(never.count() == 0, "a semaphore that nobody gave");
}

void suspend_and_resume(Worker& worker) {
    arch::Atomic<u64> rounds{0};
    arch::Atomic<bool> enough{false};
    const ThreadOptions options = some_options(worker.random, "tort-held");
    if (!possible(options)) return;
    auto thread = Thread::spawn(options, [&](ThreadContext& self) {
        // Relaxed: `suspend` and `join` order what is compared.
        while (!enough.load(arch::Order::Relaxed)) {
            rounds.fetch_add(1, arch::Order::Relaxed);
            this_thread::sleep_for(self, kernel::microseconds(20));
        }
    });
    if (!worker.done(thread, "spawn")) return;
    worker.expect(thread->suspend(worker.self).has_value(), "suspend");
    const u64 stood_at = rounds.load(arch::Order::Relaxed);
    this_thread::sleep_for(worker.self, kernel::microseconds(worker.random.below(150)));
    worker.expect(rounds.load(arch::Order::Relaxed) == stood_at, "a suspended thread stands still");
    enough.store(true, arch::Order::Relaxed);
    worker.expect(thread->resume().has_value(), "resume");
    worker.expect(thread->join(worker.self).has_value(), "join");
}

void migrate(Worker& worker) {
    const u32 core = worker.random.below(max_cores);
    const ThreadId id = this_thread::id(worker.self);
    if (!usable(core)) return;
    if (!worker.expect(kernel::set_affinity(id, u32{1} << core).has_value(), "set_affinity")) return;
    worker.expect(kernel::recent_core() == core, "who may run on one core runs there");
    this_thread::yield(worker.self);
    worker.expect(kernel::recent_core() == core, "and stays there");
    worker.expect(kernel::set_affinity(id, every_core).has_value(), "set_affinity");
}

}  // namespace quartet::torture
