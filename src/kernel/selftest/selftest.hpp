// SPDX-License-Identifier: MIT
//
// Self-tests that run on the target, in the image that people run: a test is a constant in the linker
// section `.selftest`, so that adding a file adds its tests and nothing has to be listed. The tests and
// their macros live in tests/kernel/; here is only what the shell needs to run them, and it works without a heap.
// An image that links no test has an empty section, and `run_selftests` says so with `0 passed`.

#pragma once

#include <arch/atomic.hpp>
#include <arch/counter.hpp>
#include <base/types.hpp>

#include <span>
#include <string_view>
#include <type_traits>

namespace quartet::kernel {

class SelfTestRun;

// One test: the id of its line in the list of behaviours, and the property that it shows.
struct SelfTest {
    std::string_view id;
    std::string_view name;
    void (*body)(SelfTestRun&);
};

// Where result lines go, without their line end. Context: the thread that called `run_selftests`.
struct SelfTestSink {
    void (*line)(void* argument, std::string_view text);
    void* argument;
};

// How much a test does. Loops are written with their full count and run a thousandth of it. In the long run such a test
// is done again and again, another seed each time, until the count is reached or `limit_counts` of the counter are over.
struct SelfTestEffort {
    u64 limit_counts = 0;  // 0: once
};

struct SelfTestTotals {
    u32 passed = 0;
    u32 failed = 0;
    u32 skipped = 0;
    constexpr u32 all() const { return passed + failed + skipped; }
};

// The numbers 0, 1, … of a scaled loop: `for (u64 n : run.rounds(1'000'000))`.
class SelfTestRounds {
public:
    struct End {};
    class Iterator {
    public:
        constexpr explicit Iterator(u64 rounds) : rounds_(rounds) {}
        constexpr u64 operator*() const { return done_; }
        constexpr Iterator& operator++() {
            done_ += 1;
            return *this;
        }
        constexpr bool operator!=(End) const { return done_ < rounds_; }

    private:
        u64 rounds_;
        u64 done_ = 0;
    };

    constexpr explicit SelfTestRounds(u64 rounds) : rounds_(rounds) {}
    constexpr Iterator begin() const { return Iterator{rounds_}; }
    constexpr End end() const { return {}; }

private:
    u64 rounds_;
};

// What a test's body talks to. The first failure is kept, whichever thread or core finds it: the rest of
// the body runs on, so that threads are joined and memory is given back.
class SelfTestRun {
public:
    explicit SelfTestRun(u64 pass = 0) : pass_(pass) {}
    SelfTestRun(const SelfTestRun&) = delete;
    SelfTestRun& operator=(const SelfTestRun&) = delete;

    // Context: any. `file` and `what` live for ever.
    void fail(const char* file, u32 line, const char* what) noexcept { record(file, line, what, false, 0, 0); }
    void fail_equal(const char* file, u32 line, const char* what, u64 left, u64 right) noexcept {
        record(file, line, what, true, left, right);
    }

    // The test cannot be made here: `why` lives for ever. Context: the body's thread.
    void skip(const char* why) noexcept { skipped_ = why; }

    // A thousandth of `full`, at least 1: for counts that are handed to other threads. A smaller part of it where many tests
    // share one line of the list. Context: the body's thread.
    u64 scaled(u64 full, u64 parts = 1000) {
        u64 rounds = full / parts != 0 ? full / parts : 1;
        wanted_ += full;
        done_ += rounds;
        return rounds;
    }
    // The same as a loop. Context: the body's thread.
    SelfTestRounds rounds(u64 full) { return SelfTestRounds{scaled(full)}; }

    // Which time this is that the test is done: what is random takes it into its seed.
    u64 pass() const { return pass_; }

    // Acquire pairs with the release in `record`: the details are written before.
    bool failed() const noexcept { return state_.load(arch::Order::Acquire) == recorded; }

private:
    friend class SelfTestRunner;

    static constexpr u32 clean = 0;
    static constexpr u32 writing = 1;
    static constexpr u32 recorded = 2;

    void record(const char* file, u32 line, const char* what, bool values, u64 left, u64 right) noexcept;

    arch::Atomic<u32> state_{clean};
    const char* file_ = nullptr;
    const char* what_ = nullptr;
    const char* skipped_ = nullptr;
    u32 line_ = 0;
    bool values_ = false;
    u64 left_ = 0;
    u64 right_ = 0;
    u64 pass_;
    u64 wanted_ = 0;  // rounds as written in the test
    u64 done_ = 0;  // rounds of this pass
};

// Runs those of `tests` whose id begins with `filter` (all where it is empty), in the order given. A line each:
//   selftest ID NAME: pass
//   selftest ID NAME: fail FILE:LINE WHAT
//   selftest ID NAME: skip WHY
// and in the long run `selftest ID NAME: N of M rounds` before it where the test has a loop. The last line is
//   selftest: N passed, N failed, N skipped
// Context: a thread with a stack of at least 16 KiB. Errors: none; a filter that fits nothing gives totals of 0.
SelfTestTotals run_selftests(std::span<const SelfTest> tests, std::string_view filter, SelfTestEffort effort,
                             SelfTestSink sink);

// All tests of this image, from its linker section, in link order (by file name).
std::span<const SelfTest> registered_selftests();

// What the shell's `selftest [ID]` calls.
SelfTestTotals run_selftests(std::string_view filter, SelfTestSink sink, SelfTestEffort effort = {});

}  // namespace quartet::kernel
