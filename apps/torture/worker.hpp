// SPDX-License-Identifier: MIT
//
// What an operation of the load is given, and how it says what it found. An operation takes numbers from the worker's
// sequence, does one thing with the kernel, and judges all that comes back. What may be otherwise while failures are caused
// (fault_points.hpp) is judged by `done`, `refused` and `came`.

#pragma once

#include "fault_points.hpp"
#include "random.hpp"

#include <arch/atomic.hpp>
#include <quartet/quartet.hpp>

#include <string_view>

namespace quartet::torture {

// Counters of the run at hand. Relaxed everywhere: numbers for a report, read when the workers have ended.
struct Tally {
    arch::Atomic<u64> errors{0};
    arch::Atomic<u64> refused{0};  // who was told that there is no memory
    arch::Atomic<u64> late{0};  // who was told that somebody did not come, as he may be while failures are caused
    u64 failed_before = 0;  // allocations that were made to fail before this run
    u64 dropped_before = 0;

    // Context: thread, no worker runs.
    void begin() noexcept;
};
extern constinit Tally tally;

// An error: counted, and the first ones are logged. Context: thread.
void report_error(std::string_view operation, std::string_view what) noexcept;

class Worker {
public:
    Worker(ThreadContext& context, u32 index, u64 seed) : self(context), number(index), random(seed, index) {}

    ThreadContext& self;
    const u32 number;
    Random random;
    std::string_view operation = "";

    // Whether it is so; if not, that is an error of the kernel.
    bool expect(bool so, std::string_view what) noexcept {
        if (!so) [[unlikely]]
            report_error(operation, what);
        return so;
    }
    // Whether it succeeded. NoMemory is none of the kernel's errors where an allocation of this thread was made to fail since it
    // was judged last: one failure excuses one refusal, and none of another thread, or of a call that did without.
    template <typename T>
    bool done(const Result<T>& result, std::string_view what) noexcept {
        if (result) [[likely]] {
            forget_failure();
            return true;
        }
        refused(result.error(), what);
        return false;
    }
    void refused(Error error, std::string_view what) noexcept;
    // What was made to fail excuses nothing that comes now.
    void forget_failure() noexcept { failure_.take_failure(); }
    // The same where what is waited for may be on a core that stands still: then Timeout is no error.
    bool came(const Status& status, std::string_view what) noexcept;

private:
    faults::Noted failure_{self};
};

// A core that may be asked for what has no time limit.
inline bool usable(u32 core) noexcept { return irq::core_started(core) && !faults::stalled(core); }

// What never comes is found after this long; others may keep a core for long, and hosts one of QEMU's.
constexpr Duration never_comes = kernel::seconds(20);

// No operation waits so long more often: for an interrupt, for one on another core, and until its line is let go.
constexpr u32 most_long_waits = 3;

// `action`, which gives up by itself with Timeout while a core does not answer, until it does not, or never will.
template <typename Action>
Status surely_in_time(ThreadContext& self, Action action) noexcept {
    const Instant limit = Clock::now() + never_comes;
    Status status = action();
    while (!status && status.error() == Error::Timeout && (Clock::now() < limit || faults::any_stalled())) {
        this_thread::sleep_for(self, kernel::milliseconds(1));
        status = action();
    }
    return status;
}

struct Operation {
    std::string_view name;
    void (*run)(Worker& worker);
    u32 weight;
};

void spawn_and_join(Worker& worker);
void exit_deep(Worker& worker);
void terminate_waiter(Worker& worker);
void suspend_and_resume(Worker& worker);
void migrate(Worker& worker);
void lock(Worker& worker);
void queue(Worker& worker);
void allocate(Worker& worker);
void make_objects(Worker& worker);
// One kind of them, 0 to object_kinds - 1.
inline constexpr u32 object_kinds = 6;
void make_kind(Worker& worker, u32 kind);
void sleep(Worker& worker);
void timer(Worker& worker);
void interrupt(Worker& worker);
void call(Worker& worker);

// What is shared by operations, from run to run: made whole before the workers begin, judged when they have ended.
void start_data() noexcept;
void end_data(Worker& judge) noexcept;
Status start_interrupts() noexcept;
void end_interrupts(Worker& judge) noexcept;

}  // namespace quartet::torture
