// SPDX-License-Identifier: MIT
//
// Failures that are caused on purpose. The points at which something can fail are functions of the kernel whose calls the
// linker leads through here, in this image alone (QUARTET_FAULT_POINTS in cmake/kernel.cmake); in all others the calls go
// straight. What is random in it takes its numbers from the seed, so that the same run has the same failures.
//
//     alloc 1/N      one allocation in N fails          alloc N        the N-th from now on fails
//     alloc sites    each place in the code that allocates fails the first time it is passed
//     ipi drop [1/N] one request in N to another core is forgotten (all, where no N is given): to run another thread, or to
//                    call a function
//     core N stall [MS]   core N stands still with interrupts masked, for MS milliseconds (at most a million seconds) or until `off` or
//                    a load's end
//     irq storm [CORE]    an interrupt line that nobody lowers, handled by that core (where none is given, the caller's)
//     off            no more of all that

#pragma once

#include <base/types.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>
#include <shell/output.hpp>

#include <string_view>

namespace quartet::torture::faults {

struct Note;

// Where the numbers of what is random begin. Context: thread.
void set_seed(u64 seed) noexcept;

// Does what `words` say, with blanks between them; nothing: tells what is on. False, and a line that begins with `error: `:
// that is no failure. Context: thread.
bool inject(std::string_view words, shell::Output& out, ThreadContext& self);

// The same for several, as they stand in /chosen/bootargs: `;` between them, `,` for a blank. What was wrong is logged.
void inject_all(std::string_view text, ThreadContext& self);

// The n-th allocation from now on fails; 0: none. Context: any.
void fail_nth(u64 n) noexcept;

// What was late because of a failure may be late for as long after it.
inline constexpr Duration aftermath = kernel::seconds(2);

// Whether that core, or any, was told to stand still, or did so within the last seconds. Context: any.
bool stalled(u32 core) noexcept;
bool any_stalled() noexcept;

// While one lives no allocation is made to fail: for what is not under test. Context: thread.
class Held {
public:
    Held() noexcept;
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
};

// Cores that stand still go on. Context: any.
void end_stalls() noexcept;
// None stands still beyond `end`, those that do so now among them: it is when a load ends. So each core may be stalled in a load,
// and all at once: none of them needs another to go on. `Instant::never()`: no load runs. Context: any.
void bound_stalls(Instant end) noexcept;
// The load is told to end now: the same, and none begins any more before the next `bound_stalls`. Nothing without a load.
// Context: any.
void end_bounded_stalls() noexcept;

// While it lives, it is known of its thread whether an allocation of its own was made to fail. One at a time for a thread, and
// no more than there are workers and judges. Context: thread.
class Noted {
public:
    explicit Noted(ThreadContext& self) noexcept;
    ~Noted();
    Noted(const Noted&) = delete;
    Noted& operator=(const Noted&) = delete;

    // Whether one did since this was asked last. Context: its thread.
    bool take_failure() noexcept;

private:
    Note& note_;
};

// Counted since the start. Context: any.
u64 failed_allocations() noexcept;
u64 dropped_requests() noexcept;
// Whether some are forgotten, or were within the last seconds. Context: any.
bool requests_dropped() noexcept;

}  // namespace quartet::torture::faults
