// SPDX-License-Identifier: MIT
//
// What an operation of the load is given, and how it says what it found. An operation takes numbers from the worker's
// sequence, does one thing with the kernel, and judges all that comes back. What may be otherwise while failures are caused
// (fault_points.hpp) is said by `allow`.

#pragma once

#include "random.hpp"

#include <arch/atomic.hpp>
#include <quartet/quartet.hpp>

#include <string_view>

namespace quartet::torture {

// Counters of the run at hand. Relaxed everywhere: numbers for a report, read when the workers have ended.
struct Tally {
    arch::Atomic<u64> errors{0};
    arch::Atomic<u64> refused{0};  // calls that failed as they may while failures are caused
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
    // Whether it succeeded. `Error::NoMemory` is none where allocations are made to fail.
    template <typename T>
    bool done(const Result<T>& result, std::string_view what) noexcept {
        if (result) [[likely]]
            return true;
        refused(result.error(), what);
        return false;
    }
    void refused(Error error, std::string_view what) noexcept;
};

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
void sleep(Worker& worker);
void timer(Worker& worker);
void interrupt(Worker& worker);
void call(Worker& worker);

// What is shared by operations, from run to run: made whole before the workers begin, judged when they have ended.
void start_data() noexcept;
void end_data(Worker& judge) noexcept;
Status start_interrupts() noexcept;
void end_interrupts() noexcept;

}  // namespace quartet::torture
