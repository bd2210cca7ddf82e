// SPDX-License-Identifier: MIT

#include "load.hpp"

#include "fault_points.hpp"
#include "spare_lines.hpp"
#include "worker.hpp"

#include <kernel/console/log.hpp>

#include <array>
#include <optional>

namespace quartet::torture {

using Order = arch::Order;

constinit Tally tally{};

namespace {

constexpr Operation operations[] = {
    {"spawn", spawn_and_join, 4},
    {"exit", exit_deep, 2},
    {"terminate", terminate_waiter, 1},
    {"suspend", suspend_and_resume, 1},
    {"migrate", migrate, 4},
    {"lock", lock, 12},
    {"queue", queue, 12},
    {"allocate", allocate, 16},
    {"make", make_objects, 8},
    {"sleep", sleep, 4},
    {"timer", timer, 4},
    {"interrupt", interrupt, 4},
    {"call", call, 2},
};
constexpr u32 weights = [] {
    u32 sum = 0;
    for (const Operation& operation : operations) sum += operation.weight;
    return sum;
}();

const Operation& chosen(Random& random) {
    u32 at = random.below(weights);
    for (const Operation& operation : operations) {
        if (at < operation.weight) return operation;
        at -= operation.weight;
    }
    return operations[0];
}

constexpr u64 most_lines = 10;
// How long one operation may last before it is said to stand: longer than all waits in it, with some over for those that are short.
constexpr Duration patience = never_comes * most_long_waits + kernel::seconds(10);

// What others see of a worker. Relaxed: for reports.
struct alignas(64) Progress {
    arch::Atomic<u64> done{0};
    arch::Atomic<u32> operation{0};
};

struct Run {
    arch::Atomic<bool> runs{false};
    arch::Atomic<bool> stop{false};
    u64 seed = 0;
    Instant end{};
    std::array<Progress, worker_count> progress{};
    std::array<arch::Atomic<u64>, std::size(operations)> counts{};
};
constinit Run run{};

void work(ThreadContext& self, u32 number) {
    Worker worker{self, number, run.seed};
    Progress& progress = run.progress[number];
    while (!run.stop.load(Order::Relaxed)) {
        const Operation& operation = chosen(worker.random);
        const auto index = static_cast<u32>(&operation - operations);
        progress.operation.store(index, Order::Relaxed);
        worker.operation = operation.name;
        worker.forget_failure();  // nobody is told of it any more
        operation.run(worker);
        run.counts[index].fetch_add(1, Order::Relaxed);
        progress.done.fetch_add(1, Order::Relaxed);
    }
}

// The load itself is not what is to fail.
template <typename Callable>
Thread spawn_surely(const ThreadOptions& options, Callable callable) {
    faults::Held held;
    auto thread = Thread::spawn(options, callable);
    check(thread.has_value(), "there is memory for the threads of the load");
    return std::move(*thread);
}

struct Watch {
    u64 done = 0;
    Instant since;
    bool said = false;
};

void look_at(u32 number, Watch& watch) {
    const u64 done = run.progress[number].done.load(Order::Relaxed);
    if (done != watch.done || faults::any_stalled()) {
        watch = {done, Clock::now(), false};
        return;
    }
    if (watch.said || Clock::now() < watch.since + patience) return;
    watch.said = true;
    log("torture: worker {} stands in an operation", number);
    report_error(operations[run.progress[number].operation.load(Order::Relaxed)].name, "it does not end");
}

void print_counts() {
    // In lines of some 100 characters: a log record holds 152 bytes of text.
    char room[128];
    usize size = 0;
    u64 all = 0;
    for (usize n = 0; n < std::size(operations); ++n) {
        const u64 count = run.counts[n].load(Order::Relaxed);
        all += count;
        size += format_to(std::span{room}.subspan(size), " {}={}", operations[n].name, count).size();
        if (size < 90 && n + 1 < std::size(operations)) continue;
        log("torture:{}", std::string_view{room, size});
        size = 0;
    }
    log("torture: refused={} failed-allocations={} late={} dropped-requests={}", tally.refused.load(Order::Relaxed),
        faults::failed_allocations() - tally.failed_before, tally.late.load(Order::Relaxed),
        faults::dropped_requests() - tally.dropped_before);
    log("torture: {} operations, {} errors, seed {}", all, tally.errors.load(Order::Relaxed), run.seed);
}

void conduct(ThreadContext& self) {
    start_data();
    const Status interrupts = start_interrupts();
    check(interrupts.has_value(), "the load's interrupt is its own");

    std::array<std::optional<Thread>, worker_count> workers;
    std::array<Watch, worker_count> watches;
    for (u32 n = 0; n < worker_count; ++n) {
        watches[n].since = Clock::now();
        // Some above others, so that there is something to preempt and to inherit.
        workers[n].emplace(spawn_surely({.name = "torture", .priority = static_cast<u8>(8 + 2 * (n % 4))},
                                        [n](ThreadContext& context) { work(context, n); }));
    }
    while (Clock::now() < run.end && !run.stop.load(Order::Relaxed)) {
        this_thread::sleep_for(self, kernel::milliseconds(50));
        for (u32 n = 0; n < worker_count; ++n) look_at(n, watches[n]);
    }
    run.stop.store(true, Order::Relaxed);
    for (u32 n = 0; n < worker_count; ++n) {
        while (!workers[n]->join_for(self, kernel::milliseconds(100))) look_at(n, watches[n]);
    }
    Worker judge{self, worker_count, run.seed};
    end_interrupts(judge);
    end_data(judge);
    print_counts();
    faults::bound_stalls(Instant::never());
    // Release pairs with the acquire of the exchange in `start_load`: the next one finds all of this one done.
    run.runs.store(false, Order::Release);
}

}  // namespace

void report_error(std::string_view operation, std::string_view what) noexcept {
    if (tally.errors.fetch_add(1, Order::Relaxed) < most_lines) log("torture: error: {}: not so: {}", operation, what);
}

void Tally::begin() noexcept {
    errors.store(0, Order::Relaxed);
    refused.store(0, Order::Relaxed);
    late.store(0, Order::Relaxed);
    failed_before = faults::failed_allocations();
    dropped_before = faults::dropped_requests();
}

void Worker::refused(Error error, std::string_view what) noexcept {
    if (error == Error::NoMemory && failure_.take_failure()) {
        tally.refused.fetch_add(1, Order::Relaxed);
        return;
    }
    log("torture: {} {}: {}", operation, what, error);
    report_error(operation, what);
}

bool Worker::came(const Status& status, std::string_view what) noexcept {
    if (status) [[likely]]
        return true;
    if (status.error() == Error::Timeout && faults::any_stalled()) tally.late.fetch_add(1, Order::Relaxed);
    else refused(status.error(), what);
    return false;
}

Status start_load(Duration duration, u64 seed) noexcept {
    if (run.runs.exchange(true, Order::AcqRel)) return fail(Error::Busy);
    run.seed = seed;
    run.end = Clock::now() + duration;
    run.stop.store(false, Order::Relaxed);
    tally.begin();
    for (arch::Atomic<u64>& count : run.counts) count.store(0, Order::Relaxed);
    for (Progress& progress : run.progress) progress.done.store(0, Order::Relaxed);
    faults::set_seed(seed);
    faults::bound_stalls(run.end);
    log("torture: begins, seed {}", seed);
    return spawn_surely({.name = "conductor", .priority = 26}, conduct).detach();
}

void stop_load() noexcept {
    run.stop.store(true, Order::Relaxed);
    // The conductor may sleep by the timer of a core that stands still.
    faults::end_bounded_stalls();
}

// Acquire pairs with the release at the end of `conduct`: its lines are logged.
bool load_runs() noexcept { return run.runs.load(Order::Acquire); }

void wait_for_load(ThreadContext& self) noexcept {
    while (load_runs()) this_thread::sleep_for(self, kernel::milliseconds(10));
}

}  // namespace quartet::torture
